"""Which videos a job made."""

from __future__ import annotations

from sqlalchemy import bindparam

from mustela.jobs.provenance import Made, MadeRecord
from mustela.store import Statement, Unit, all, one
from mustela.store.listing import COUNT_LIMIT, bound
from mustela.video.listing import BASE, LISTING
from mustela.video.schema import videos

_FIRST = Statement(
    BASE.with_only_columns(videos.c.id, BASE.selected_columns.path)
    .where(videos.c.job_id == bindparam("job"))
    .order_by(videos.c.seq)
    .limit(bindparam("limit"))
)


def made_by(job_id: str, limit: int) -> Unit[Made]:
    """The videos that name a job, oldest first; the filter ``job_id`` of lists finds them all."""
    items = yield from all(_FIRST, MadeRecord, job=job_id, limit=limit)
    statement = LISTING.count(("job_id",), None)
    total = yield from one(statement, int, most=COUNT_LIMIT + 1, **bound({"job_id": job_id}))
    return Made(min(total or 0, COUNT_LIMIT), (total or 0) <= COUNT_LIMIT, items)
