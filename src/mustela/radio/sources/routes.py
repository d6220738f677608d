"""The routes of sources: lists and records, light curves, variability, images, cutouts."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mustela.collection import Needs, repository
from mustela.http.encoding import answering
from mustela.http.parameters import RecordId
from mustela.radio.images.record import Image
from mustela.radio.images.routes import IMAGES as IMAGE_ROUTES
from mustela.radio.item_routes import ItemRoutes
from mustela.radio.part import Limit, Offset, Part, part_of
from mustela.radio.quality import Quality, quality_of
from mustela.radio.sources.band_statistics import AsyncBandStatisticsRepository, BandStatistics
from mustela.radio.sources.documents import SOURCE_MEANINGS, MeasurementDocument, SourceEdit
from mustela.radio.sources.listing import ALL, SourceFilters
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.radio.sources.statistics import TOPIC
from mustela.store.errors import NotFound

SOURCES = ItemRoutes(
    "source",
    AsyncSourceRepository,
    Source,
    ALL,
    SourceFilters,
    SOURCE_MEANINGS,
    (TOPIC,),
    "sources",
    searched=False,
    edit=SourceEdit,
    light_sorts=frozenset(
        {"-created_at", "name", "-n_epochs", "-peak_mean_jy", "-peak_v", "-peak_eta"}
    ),
)

router = APIRouter(prefix="/sources", tags=["sources"])
SOURCES.lists(router)
SOURCES.one(router)

Sources = Annotated[AsyncSourceRepository, repository(AsyncSourceRepository)]
Statistics = Annotated[AsyncBandStatisticsRepository, repository(AsyncBandStatisticsRepository)]
Word = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]
Which = Annotated[
    Literal["epochs", "others", "all"],
    Query(description="Images where it has an epoch, where it was measured without one, or all."),
]
_COUNTS = {"epochs": True, "others": False, "all": None}
_WITH_IMAGES = (*IMAGE_ROUTES.all_topics, TOPIC)
ImageDocument: Any = Image.public


class CutoutLinks(msgspec.Struct, frozen=True):
    """Where the part of an image about a source is served; paths are relative to the server."""

    image_id: str
    mid_mjd: float | None
    frequency_hz: float | None
    stokes: str | None
    grade: str | None
    fits: str
    png: str


@router.get(
    "/{id}/lightcurve",
    **answering(Part[MeasurementDocument], errors=[NotFound], conditional=True),
)
async def light_curve(
    id: RecordId,
    request: Request,
    services: Needs,
    sources: Sources,
    band: Word = None,
    stokes: Word = None,
    kind: Annotated[Literal["detected", "imported", "forced"] | None, Query()] = None,
    counts: Annotated[
        bool | None, Query(description="Only epochs, or only what is none; `why_not` says why.")
    ] = None,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """The source's measurements by the middle of the observation (`mid_mjd`, MJD in UTC)."""
    make = partial(
        sources.measurements.unit,
        id,
        limit + 1,
        offset,
        band=band,
        stokes=stokes,
        kind=kind,
        counts=counts,
    )

    def shape(found: list[Measurement]) -> object:
        return part_of(request, found, limit, offset)

    return await services.answers.answer(request, make, shape, topics=_WITH_IMAGES, heavy=True)


@router.get(
    "/{id}/variability",
    **answering(list[BandStatistics], errors=[NotFound], conditional=True),
)
async def variability(
    id: RecordId, request: Request, services: Needs, statistics: Statistics
) -> Response:
    """The statistics of the source's epochs, for each band and Stokes parameter."""
    make = partial(statistics.variability.unit, id)
    return await services.answers.answer(
        request, make, _as_it_is, topics=SOURCES.all_topics, heavy=True
    )


@router.get("/{id}/qa", **answering(Quality, errors=[NotFound], conditional=True))
async def source_qa(id: RecordId, request: Request, services: Needs, sources: Sources) -> Response:
    """The source's grade, the reasons of it, and what it follows from."""

    def shape(source: Source | None) -> object:
        return quality_of(SOURCES.present(source, id))

    make = partial(sources.get.unit, id)
    return await services.answers.answer(request, make, shape, topics=SOURCES.all_topics)


@router.get(
    "/{id}/contributing-images",
    **answering(Part[ImageDocument], errors=[NotFound], conditional=True),
)
async def contributing_images(
    id: RecordId,
    request: Request,
    services: Needs,
    sources: Sources,
    which: Which = "epochs",
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """The images that the source was measured in, by time of observation."""
    make = partial(sources.contributing_images.unit, id, limit + 1, offset, counts=_COUNTS[which])

    def shape(found: list[Image]) -> object:
        return part_of(request, found, limit, offset)

    return await services.answers.answer(request, make, shape, topics=_WITH_IMAGES, heavy=True)


@router.get(
    "/{id}/cutouts",
    **answering(Part[CutoutLinks], errors=[NotFound], conditional=True),
)
async def cutouts(
    id: RecordId,
    request: Request,
    services: Needs,
    sources: Sources,
    which: Which = "epochs",
    size: Annotated[
        float | None,
        Query(gt=0, le=10, description="Degrees; twenty beams, or 100 px, if not given."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items at most.")] = 100,
    offset: Offset = 0,
) -> Response:
    """Where the parts of its images about the source are served, by time of observation."""
    api = request.scope["path"].removesuffix(f"/sources/{id}/cutouts")

    def make() -> Any:
        source = SOURCES.present((yield from sources.get.unit(id)), id)
        images = yield from sources.contributing_images.unit(
            id, limit + 1, offset, counts=_COUNTS[which]
        )
        return source, images

    def shape(found: tuple[Source, list[Image]]) -> object:
        source, images = found
        part = part_of(request, images, limit, offset)
        links = [_links(api, source, image, size) for image in images[:limit]]
        return msgspec.structs.replace(part, items=links)

    return await services.answers.answer(request, make, shape, topics=_WITH_IMAGES, heavy=True)


def _links(api: str, source: Source, image: Image, size: float | None) -> CutoutLinks:
    if size is None and image.beam_major_arcsec:
        size = 20 * image.beam_major_arcsec / 3600
    extent = "width=100" if size is None else f"size={size:.6g}"
    url = (
        f"{api}/images/{quote(image.id, safe='+~')}/cutout"
        f"?ra={source.ra_deg:.7f}&dec={source.dec_deg:.7f}&{extent}"
    )
    return CutoutLinks(
        image.id,
        image.mid_mjd,
        image.frequency_hz,
        image.stokes,
        image.grade,
        fits=f"{url}&format=fits",
        png=f"{url}&format=png",
    )


def _as_it_is(found: Any) -> Any:
    return found
