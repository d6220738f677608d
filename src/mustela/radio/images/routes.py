"""The routes of images."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from mustela.collection import Needs
from mustela.radio.documents import IMAGE_MEANINGS
from mustela.radio.exports.formats import IMAGE_FORMATS
from mustela.radio.images.listing import PAGES, ImageFilters
from mustela.radio.images.record import Image
from mustela.radio.images.records import TOPIC
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.item_routes import ItemRoutes
from mustela.radio.scan_jobs import submit_scan
from mustela.scan_route import STARTING, ScanOrder, start_scan

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


@router.post("/scan", **STARTING)
async def scan(order: ScanOrder, request: Request, services: Needs) -> Response:
    """Start a scan of a root for products of every kind. One under way is answered instead."""
    return await start_scan(order, request, services, partial(submit_scan, services.queue))


IMAGES.one(router)
IMAGES.retirement(router)
