"""The routes of calibration tables that answer what belongs to one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mustela.collection import Needs, repository
from mustela.http.encoding import answering, json_answer
from mustela.http.parameters import RecordKey
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.cal.routes import CALIBRATION_TABLES
from mustela.radio.provenance.record import VisibilitiesProvenance
from mustela.radio.provenance.repository import AsyncRadioProvenanceRepository
from mustela.radio.quality import Quality, quality_of
from mustela.store.errors import NotFound

Tables = Annotated[AsyncCalibrationTableRepository, repository(AsyncCalibrationTableRepository)]
Provenances = Annotated[AsyncRadioProvenanceRepository, repository(AsyncRadioProvenanceRepository)]

router = APIRouter(prefix="/cal", tags=["calibration tables"])


@router.get("/{id}/qa", **answering(Quality, errors=[NotFound], conditional=True))
async def cal_qa(id: RecordKey, request: Request, services: Needs, tables: Tables) -> Response:
    """Its grade, the reasons of it, and what it follows from."""

    def shape(table: CalibrationTable | None) -> object:
        return quality_of(CALIBRATION_TABLES.present(table, id))

    return await services.answers.answer(
        request, partial(tables.find.unit, id), shape, topics=CALIBRATION_TABLES.all_topics
    )


@router.get("/{id}/provenance", **answering(VisibilitiesProvenance, errors=[NotFound]))
async def cal_provenance(
    id: RecordKey,
    tables: Tables,
    provenances: Provenances,
    limit: Annotated[int, Query(ge=1, le=1000, description="Items of each list.")] = 100,
) -> Response:
    """The Measurement Sets that it belongs to, and the images that name it."""
    key = await CALIBRATION_TABLES.id_of(tables, id)
    found = await provenances.calibration_provenance(key, limit=limit)
    return json_answer(CALIBRATION_TABLES.present(found, id))
