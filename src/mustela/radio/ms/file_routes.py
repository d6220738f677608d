"""The routes of Measurement Sets that read their tables, and what belongs to one."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mustela.collection import Needs, repository
from mustela.files.below import FileMissing, OutsideRoots
from mustela.http.encoding import answering, json_answer
from mustela.http.parameters import RecordKey
from mustela.radio.extra import ExtraMissing
from mustela.radio.made_answers import etag_of, labelled_json, labelled_picture, unchanged
from mustela.radio.matching.errors import RadiusNeeded
from mustela.radio.matching.record import CalibratorMatches
from mustela.radio.matching.repository import AsyncMatchingRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.repository import AsyncMeasurementSetRepository
from mustela.radio.ms.routes import MEASUREMENT_SETS
from mustela.radio.ms.visibilities import RasterRefused, Visibilities, visibilities_of
from mustela.radio.product_files import ProductChanged, ProductUnreadable
from mustela.radio.provenance.record import VisibilitiesProvenance
from mustela.radio.provenance.repository import AsyncRadioProvenanceRepository
from mustela.radio.quality import Quality, quality_of
from mustela.radio.visibilities.details import MeasurementSetMetadata
from mustela.radio.visibilities.facts import Antenna
from mustela.radio.visibilities.pictured import Quantity, RasterAxis, RasterFrame
from mustela.store.errors import InvalidValue, NotFound

Sets = Annotated[AsyncMeasurementSetRepository, repository(AsyncMeasurementSetRepository)]
Matching = Annotated[AsyncMatchingRepository, repository(AsyncMatchingRepository)]
Provenances = Annotated[AsyncRadioProvenanceRepository, repository(AsyncRadioProvenanceRepository)]
Tables = Annotated[Visibilities, Depends(visibilities_of)]
Axis = Annotated[
    RasterAxis,
    Query(description="The horizontal axis. The vertical one is the channel; time for `channel`."),
]
Shown = Annotated[Quantity, Query(description="What is averaged; `flag`: the flagged fraction.")]
Name = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]
Number = Annotated[int | None, Query(ge=0, le=2**31 - 1, description="The first, if not given.")]
Pixels = Annotated[int, Query(ge=1, le=4096)]

_UNCHANGED = {304: "Unchanged: If-None-Match names the present content."}
_ERRORS: Any = [
    NotFound,
    OutsideRoots,
    FileMissing,
    ProductUnreadable,
    ProductChanged,
    ExtraMissing,
]

router = APIRouter(prefix="/ms", tags=["measurement sets"])


@router.get("/{id}/metadata", **answering(MeasurementSetMetadata, errors=_ERRORS, more=_UNCHANGED))
async def ms_metadata(id: RecordKey, request: Request, sets: Sets, tables: Tables) -> Response:
    """What its subtables tell: fields, spectral windows, scans, intents, history."""
    ms = MEASUREMENT_SETS.present(await sets.find(id), id)
    etag = etag_of(request, await tables.label(ms))
    return unchanged(request, etag) or labelled_json(await tables.metadata(ms), etag)


@router.get("/{id}/antennas", **answering(list[Antenna], errors=_ERRORS, more=_UNCHANGED))
async def ms_antennas(id: RecordKey, request: Request, sets: Sets, tables: Tables) -> Response:
    """Its antennas: positions in metres about their mean, flagged fraction, baselines."""
    ms = MEASUREMENT_SETS.present(await sets.find(id), id)
    etag = etag_of(request, await tables.label(ms))
    return unchanged(request, etag) or labelled_json(await tables.antennas(ms), etag)


def _selection(
    x: Axis = "time",
    quantity: Shown = "amplitude",
    correlation: Name = None,
    spectral_window: Number = None,
    field: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="Its number; all, if not given.")
    ] = None,
    column: Annotated[str, Query(max_length=100, pattern=r"^[A-Z_]+$")] = "DATA",
    width: Pixels = 800,
    height: Pixels = 400,
) -> dict[str, Any]:
    return {
        "x": x,
        "quantity": quantity,
        "correlation": correlation,
        "spectral_window": spectral_window,
        "field": field,
        "column": column,
        "width": width,
        "height": height,
    }


Selected = Annotated[dict[str, Any], Depends(_selection)]


@router.get(
    "/{id}/raster",
    **answering(
        bytes,
        errors=[*_ERRORS, RasterRefused],
        media_types=["image/png"],
        more=_UNCHANGED,
    ),
)
async def ms_raster(
    id: RecordKey, request: Request, sets: Sets, tables: Tables, selected: Selected
) -> Response:
    """A picture of averaged visibilities, read in chunks. `/raster/frame` says what it shows."""
    ms = MEASUREMENT_SETS.present(await sets.find(id), id)
    label = await tables.label(ms)
    etag = etag_of(request, label)
    if (same := unchanged(request, etag)) is not None:
        return same
    made = await tables.raster(ms, label, selected)
    return labelled_picture(made.png, "image/png", etag)


@router.get(
    "/{id}/raster/frame",
    **answering(RasterFrame, errors=[*_ERRORS, RasterRefused], more=_UNCHANGED),
)
async def ms_raster_frame(
    id: RecordKey, request: Request, sets: Sets, tables: Tables, selected: Selected
) -> Response:
    """What edges and colours of the same raster stand for."""
    ms = MEASUREMENT_SETS.present(await sets.find(id), id)
    label = await tables.label(ms)
    etag = etag_of(request, label)
    if (same := unchanged(request, etag)) is not None:
        return same
    return labelled_json((await tables.raster(ms, label, selected)).frame, etag)


@router.get("/{id}/qa", **answering(Quality, errors=[NotFound], conditional=True))
async def ms_qa(id: RecordKey, request: Request, services: Needs, sets: Sets) -> Response:
    """Its grade, the reasons of it, and what it follows from."""

    def shape(ms: MeasurementSet | None) -> object:
        return quality_of(MEASUREMENT_SETS.present(ms, id))

    return await services.answers.answer(
        request, partial(sets.find.unit, id), shape, topics=MEASUREMENT_SETS.all_topics
    )


@router.get("/{id}/provenance", **answering(VisibilitiesProvenance, errors=[NotFound]))
async def ms_provenance(
    id: RecordKey,
    sets: Sets,
    provenances: Provenances,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items of each list.")] = 100,
) -> Response:
    """Its calibration tables, by record and by validity, and the images made of it."""
    key = await MEASUREMENT_SETS.id_of(sets, id)
    found = await provenances.ms_provenance(key, limit=limit)
    return json_answer(MEASUREMENT_SETS.present(found, id))


@router.get(
    "/{id}/calibrator-matches",
    **answering(CalibratorMatches, errors=[*_ERRORS, RadiusNeeded, InvalidValue]),
)
async def calibrator_matches(
    id: RecordKey,
    sets: Sets,
    matching: Matching,
    tables: Tables,
    radius: Annotated[
        float | None, Query(gt=0, le=180, description="Degrees; the primary beam's, if not given.")
    ] = None,
    antenna_diameter: Annotated[
        float | None, Query(gt=0, le=1000, description="Metres; as the data say, if not given.")
    ] = None,
) -> Response:
    """The calibrators of the loaded catalogues within the primary beam about its pointing.

    Its width follows from the frequency and the antennas' diameter, which a Measurement Set says.
    Where it does not, and of UVH5 and UVFITS files, ask with `radius` or `antenna_diameter`.
    """
    ms = MEASUREMENT_SETS.present(await sets.find(id), id)
    if radius is None and antenna_diameter is None:
        antenna_diameter = await _antenna_diameter(ms, tables)
    found = await matching.calibrator_matches(
        ms.id, antenna_diameter_m=antenna_diameter, radius_deg=radius
    )
    return json_answer(found)


async def _antenna_diameter(ms: MeasurementSet, tables: Visibilities) -> float:
    """The usual one, in metres; ``RadiusNeeded`` where it is not said, or not read."""
    diameters: list[float] = []
    if ms.format in (None, "ms"):
        diameters = [one.diameter_m for one in await tables.antennas(ms) if one.diameter_m]
    if not diameters:
        raise RadiusNeeded(
            f"how large the antennas of {ms.filename} are is not known: ask with `radius` "
            "(degrees) or `antenna_diameter` (metres)"
        )
    return median(diameters)
