"""The stages as the queue knows them."""

from __future__ import annotations

from mustela.collection import Services
from mustela.files.file_failures import AsyncFileFailureRepository
from mustela.radio.grading.repository import AsyncGradingRepository
from mustela.radio.jobs.associate_job import make_associate_handler
from mustela.radio.jobs.find_job import make_find_handler
from mustela.radio.jobs.force_job import make_force_handler
from mustela.radio.jobs.grade_job import (
    make_grade_handler,
    make_match_handler,
    make_recount_handler,
)
from mustela.radio.jobs.parameters import (
    ASSOCIATE,
    FIND,
    FORCE,
    GRADE,
    IMAGE_SECONDS,
    MATCH,
    RECOUNT,
)
from mustela.radio.jobs.selection import AsyncStageRepository
from mustela.radio.jobs.workshop import Stages
from mustela.radio.matching.repository import AsyncMatchingRepository
from mustela.radio.rules.repository import AsyncRulesRepository
from mustela.radio.sources.repository import AsyncSourceRepository

#: A stage that has said nothing for so long stands still (seconds): longer than any image takes.
_STALLED = IMAGE_SECONDS + 15 * 60


def register_stages(services: Services) -> Stages:
    """Register the handlers. Each stage may be begun again after its process died."""
    shop = Stages(
        stages=services.repository(AsyncStageRepository),
        sources=services.repository(AsyncSourceRepository),
        grades=services.repository(AsyncGradingRepository),
        matches=services.repository(AsyncMatchingRepository),
        rules=services.repository(AsyncRulesRepository),
        failures=services.repository(AsyncFileFailureRepository),
        children=services.children,
        queue=services.queue,
        locks=services.data_dir / "scans",
    )
    for type, handler in {
        FIND: make_find_handler(shop),
        ASSOCIATE: make_associate_handler(shop),
        FORCE: make_force_handler(shop),
        GRADE: make_grade_handler(shop),
        MATCH: make_match_handler(shop),
        RECOUNT: make_recount_handler(shop),
    }.items():
        services.queue.register_handler(
            type,
            handler,
            timeout=None,
            stall_timeout=_STALLED,
            repeatable=True,
            concurrency=1,
        )
    return shop
