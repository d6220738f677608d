"""The routes of images."""

from __future__ import annotations

from operator import attrgetter

from fastapi import APIRouter

from mustela.radio.documents import IMAGE_MEANINGS
from mustela.radio.exports.formats import formats_for
from mustela.radio.exports.image_meanings import IMAGE_FIELDS
from mustela.radio.exports.regions import image_region
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
    formats=formats_for(
        Image,
        IMAGE_FIELDS,
        name="images",
        description="Continuum images",
        region=image_region,
        label=attrgetter("filename"),
    ),
)

router = APIRouter(prefix="/images", tags=["images"])
IMAGES.lists(router)
IMAGES.one(router)
IMAGES.retirement(router)
