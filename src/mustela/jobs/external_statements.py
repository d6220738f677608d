"""The SQL of runs elsewhere: fenced like that of claims, and only ever for external jobs."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, func, literal_column, null, select, text, update

from mustela.jobs.schema import jobs
from mustela.jobs.statements import COLUMNS
from mustela.store import INTEGER, REAL, TEXT, Statement
from mustela.store.dialect_sql import server_time

_RUNNING = text("jobs.status = 'running'")
_RUN = and_(
    jobs.c.id == bindparam("job"),
    _RUNNING,
    jobs.c.external == 1,
    jobs.c.claim_id == bindparam("claim", type_=INTEGER),
)
_now = bindparam("now", type_=INTEGER)
#: When a run was heard of: by the clock that all reapers share, where there is one.
_heard = server_time(_now)

#: An external job that waits begins, under a new claim.
BEGIN_RUN = Statement(
    update(jobs)
    .where(
        jobs.c.id == bindparam("job"),
        jobs.c.type == bindparam("run_type"),
        jobs.c.status == "pending",
        jobs.c.external == 1,
        jobs.c.paused == 0,
    )
    .values(
        status="running",
        owner=bindparam("reporter", type_=TEXT),
        attempt=jobs.c.attempt + 1,
        claim_id=jobs.c.claim_id + 1,
        started_at=_now,
        heartbeat_at=_heard,
    )
    .returning(*COLUMNS)
)
#: A sign of life, with what is new of its progress. The row is this transaction's from then on.
PULSE = Statement(
    update(jobs)
    .where(_RUN)
    .values(
        heartbeats=jobs.c.heartbeats + 1,
        heartbeat_at=_heard,
        progress_done=func.coalesce(bindparam("done", type_=INTEGER), jobs.c.progress_done),
        progress_total=func.coalesce(bindparam("total", type_=INTEGER), jobs.c.progress_total),
        progress_rate=func.coalesce(bindparam("rate", type_=REAL), jobs.c.progress_rate),
        progress_message=func.coalesce(bindparam("message", type_=TEXT), jobs.c.progress_message),
    )
    .returning(jobs.c.cancel_requested_at, jobs.c.inputs, jobs.c.outputs)
)
SET_NAMES = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job"))
    .values(
        inputs=bindparam("all_inputs", type_=TEXT), outputs=bindparam("all_outputs", type_=TEXT)
    )
)
FINISH_RUN = Statement(
    update(jobs)
    .where(_RUN)
    .values(
        status=bindparam("new_status"),
        result=bindparam("new_result", type_=TEXT),
        error=bindparam("new_error", type_=TEXT),
        finished_at=_now,
    )
    .returning(*COLUMNS)
)
PULSES = Statement(
    select(jobs.c.id, jobs.c.claim_id, jobs.c.heartbeats).where(_RUNNING, jobs.c.external == 1)
)
_silent = jobs.c.heartbeat_at < _heard - bindparam("limit_us", type_=INTEGER)
SILENT = Statement(
    select(jobs.c.id, jobs.c.claim_id, jobs.c.heartbeats).where(
        _RUNNING, jobs.c.external == 1, _silent
    )
)
SERVER_TIME = Statement(select(_heard))
_cancelled = jobs.c.cancel_requested_at.is_not(None)
#: Unless its counter has moved since.
LOSE = Statement(
    update(jobs)
    .where(_RUN, jobs.c.heartbeats == bindparam("heard", type_=INTEGER))
    .values(
        status=case((_cancelled, literal_column("'cancelled'")), else_=literal_column("'failed'")),
        error=case((_cancelled, null()), else_=bindparam("lost", type_=TEXT)),
        finished_at=_now,
    )
    .returning(*COLUMNS)
)
