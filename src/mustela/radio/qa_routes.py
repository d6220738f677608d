"""The routes of quality: of images, Measurement Sets, calibration tables, sources and jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from mustela.collection import repository
from mustela.http.encoding import answering, json_answer
from mustela.http.parameters import RecordId
from mustela.radio.cal.related_routes import cal_qa
from mustela.radio.grading.job_rule import JobGrade
from mustela.radio.grading.repository import AsyncGradingRepository
from mustela.radio.images.related_routes import image_qa
from mustela.radio.ms.file_routes import ms_qa
from mustela.radio.quality import Quality
from mustela.radio.sources.routes import source_qa
from mustela.store.errors import NotFound

router = APIRouter(prefix="/qa", tags=["quality"])

_ENDPOINTS: dict[str, Callable[..., Any]] = {
    "/image/{id}": image_qa,
    "/ms/{id}": ms_qa,
    "/cal/{id}": cal_qa,
    "/source/{id}": source_qa,
}
for _path, _endpoint in _ENDPOINTS.items():
    router.add_api_route(
        _path,
        _endpoint,
        methods=["GET"],
        **answering(Quality, errors=[NotFound], conditional=True),
    )


@router.get("/job/{id}", **answering(JobGrade, errors=[NotFound]))
async def job_qa(
    id: RecordId, grading: Annotated[AsyncGradingRepository, repository(AsyncGradingRepository)]
) -> Response:
    """The grade of a job: the worst of what it made, and how it ended."""
    found = await grading.grade_job(id)
    if found is None:
        raise NotFound(f"there is no job {id}")
    return json_answer(found)
