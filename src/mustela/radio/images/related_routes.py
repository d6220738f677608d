"""The routes of images that answer what belongs to one: measurements, sources, versions."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Needs, repository
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.parameters import RecordId
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.images.routes import IMAGES
from mustela.radio.part import Limit, Offset, Part, part_of
from mustela.radio.provenance.record import ImageProvenance
from mustela.radio.provenance.repository import AsyncRadioProvenanceRepository
from mustela.radio.quality import Quality, quality_of
from mustela.radio.sources.documents import MeasurementDocument, SourceDocument
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.radio.sources.statistics import TOPIC as SOURCES
from mustela.store.errors import InvalidValue, NotFound

Images = Annotated[AsyncImageRepository, repository(AsyncImageRepository)]
Sources = Annotated[AsyncSourceRepository, repository(AsyncSourceRepository)]
Provenances = Annotated[AsyncRadioProvenanceRepository, repository(AsyncRadioProvenanceRepository)]
Kind = Annotated[
    Literal["detected", "imported", "forced"] | None,
    Query(description="Only measurements of this kind."),
]

_WITH_SOURCES = (*IMAGES.all_topics, SOURCES)

router = APIRouter(prefix="/images", tags=["images"])


class Inputs(Input):
    """Of which images an image was made."""

    inputs: Annotated[list[Annotated[str, Field(max_length=128)]], Field(max_length=100_000)]
    role: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*\S[^\x00]*$")] = (
        "mosaic"
    )


@router.get(
    "/{id}/measurements",
    **answering(Part[MeasurementDocument], errors=[NotFound], conditional=True),
)
async def image_measurements(
    id: RecordId,
    request: Request,
    services: Needs,
    sources: Sources,
    kind: Kind = None,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """What was measured in the image, as it came: detections, imports, forced fits."""
    make = partial(sources.image_measurements.unit, id, limit + 1, offset, kind=kind)

    def shape(found: list[Measurement]) -> object:
        return part_of(request, found, limit, offset)

    return await services.answers.answer(request, make, shape, topics=_WITH_SOURCES, heavy=True)


@router.get(
    "/{id}/sources",
    **answering(Part[SourceDocument], errors=[NotFound], conditional=True),
)
async def image_sources(
    id: RecordId,
    request: Request,
    services: Needs,
    sources: Sources,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Response:
    """The sources that have a measurement in the image, by name."""
    make = partial(sources.sources_of_image.unit, id, limit + 1, offset)

    def shape(found: list[Source]) -> object:
        return part_of(request, found, limit, offset)

    return await services.answers.answer(request, make, shape, topics=_WITH_SOURCES, heavy=True)


@router.get("/{id}/qa", **answering(Quality, errors=[NotFound], conditional=True))
async def image_qa(id: RecordId, request: Request, services: Needs, images: Images) -> Response:
    """The image's grade, the reasons of it, and what it follows from."""

    def shape(image: Image | None) -> object:
        return quality_of(IMAGES.present(image, id))

    return await services.answers.answer(
        request, partial(images.get.unit, id), shape, topics=IMAGES.all_topics
    )


@router.get("/{id}/provenance", **answering(ImageProvenance, errors=[NotFound]))
async def image_provenance(
    id: RecordId,
    provenances: Provenances,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items of each list.")] = 100,
) -> Response:
    """Where the image comes from (data, calibration, inputs, job), and what came of it."""
    found = await provenances.image_provenance(id, limit=limit)
    return json_answer(IMAGES.present(found, id))


_images = answering(list[IMAGES.document], errors=[NotFound], conditional=True)  # type: ignore[name-defined]


@router.get("/{id}/versions", **_images)
async def image_versions(
    id: RecordId, request: Request, services: Needs, images: Images
) -> Response:
    """The versions of the image's product, the highest first; itself alone where it has none."""
    return await _answer(request, services, partial(images.versions.unit, id))


@router.get("/{id}/children", **_images)
async def image_children(
    id: RecordId, request: Request, services: Needs, images: Images
) -> Response:
    """The images that name this one as their parent, or were made of it."""
    return await _answer(request, services, partial(images.children.unit, id))


@router.get("/{id}/inputs", **_images)
async def image_inputs(id: RecordId, request: Request, services: Needs, images: Images) -> Response:
    """The images that this one was made of, by time of observation."""
    return await _answer(request, services, partial(images.inputs.unit, id))


@router.post(
    "/{id}/inputs",
    **answering(list[IMAGES.document], errors=[NotFound, InvalidValue]),  # type: ignore[name-defined]
)
async def set_image_inputs(id: RecordId, said: Inputs, images: Images) -> Response:
    """Say of which images the image was made, in place of what was said of this role before.

    Those in the role `mosaic` do not count as epochs while the image does.
    """
    await images.set_inputs(id, said.inputs, said.role)
    return json_answer([image.to_public() for image in await images.inputs(id)])


async def _answer(request: Request, services: Needs, make: Any) -> Response:
    def shape(found: list[Image]) -> object:
        return [image.to_public() for image in found]

    return await services.answers.answer(request, make, shape, topics=IMAGES.all_topics, heavy=True)
