"""The routes of images."""

from __future__ import annotations

from fastapi import APIRouter

from mustela.radio.documents import IMAGE_MEANINGS
from mustela.radio.exports.formats import IMAGE_FORMATS
from mustela.radio.images.listing import PAGES, ImageFilters
from mustela.radio.images.record import Image
from mustela.radio.images.records import TOPIC
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.item_routes import ItemRoutes

IMAGES = ItemRoutes(
    "image",
    AsyncImageRepository,
    Image,
    PAGES,
    ImageFilters,
    IMAGE_MEANINGS,
    (TOPIC,),
    "images",
    formats=IMAGE_FORMATS,
)

router = APIRouter(prefix="/images", tags=["images"])
IMAGES.lists(router)
IMAGES.one(router)
IMAGES.retirement(router)
