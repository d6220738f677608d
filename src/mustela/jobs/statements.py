"""The SQL of jobs. Each status changes in one conditional UPDATE: who lost a job changes no row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql

from mustela.jobs.schema import job_logs, job_pauses, jobs
from mustela.store import INTEGER, REAL, TEXT, Statement
from mustela.store.dialect_sql import in_json
from mustela.store.listing import Listing

# Written as literals, so that the planner sees that a partial index holds these rows.
_READY = text("jobs.ready = 1")
_LATER = text("jobs.ready = 2")
_RUNNING = text("jobs.status = 'running'")
_UNFINISHED = text("jobs.uniqueness_key IS NOT NULL AND jobs.status IN ('pending', 'running')")

COLUMNS = tuple(jobs.columns)
_OWN = and_(
    jobs.c.id == bindparam("job"), _RUNNING, jobs.c.claim_id == bindparam("claim", type_=INTEGER)
)
_cancelled: ColumnElement[bool] = jobs.c.cancel_requested_at.is_not(None)

# Submitting.

#: A conflict (of the id, or of the uniqueness key) answers no row instead of an error.
ADD = Statement(
    postgresql.insert(jobs)  # this much of its grammar is SQLite's, too
    .values({c.name: bindparam(c.name) for c in COLUMNS if c.name != "seq"})
    .on_conflict_do_nothing()
    .returning(jobs.c.id)
)
BY_KEY = Statement(select(jobs.c.id).where(jobs.c.uniqueness_key == bindparam("key"), _UNFINISHED))

# Claiming.

#: Stands for all types where what is held back is named; no type has this name.
EVERY_TYPE = "*"
#: What is held back. Each claim reads it, so that a pause costs nothing for each waiting job.
HELD = Statement(select(job_pauses.c.type))
_free = ~exists().where(or_(job_pauses.c.type == EVERY_TYPE, job_pauses.c.type == jobs.c.type))
PROMOTE = Statement(update(jobs).where(_LATER, jobs.c.run_at <= bindparam("now")).values(ready=1))
_claimed = {
    "status": "running",
    "ready": 0,
    "owner": bindparam("new_owner", type_=TEXT),
    "attempt": jobs.c.attempt + 1,
    "claim_id": jobs.c.claim_id + 1,
    "started_at": bindparam("now", type_=INTEGER),
    "heartbeat_at": bindparam("now", type_=INTEGER),
    "progress_done": null(),
    "progress_total": null(),
    "progress_rate": null(),
    "progress_message": null(),
}


@lru_cache(maxsize=256)
def claim(types: int) -> Statement:
    """Take the first ready jobs of so many types, at most ``free_<n>`` of each, ``free`` in all.

    Each type is one seek in the index, however many jobs wait.
    """
    parts = []
    for n in range(types):
        first = (
            select(jobs.c.seq, jobs.c.priority)
            .where(_READY, jobs.c.type == bindparam(f"type_{n}"))
            .order_by(jobs.c.priority.desc(), jobs.c.seq)
            .limit(bindparam(f"free_{n}"))
            # Of several that claim at once each takes other rows; SQLite has one writer.
            .with_for_update(skip_locked=True)
            .subquery(f"of_{n}")
        )
        parts.append(select(first.c.seq, first.c.priority))
    every = union_all(*parts).subquery("candidates")
    chosen = (
        select(every.c.seq).order_by(every.c.priority.desc(), every.c.seq).limit(bindparam("free"))
    )
    return Statement(
        update(jobs).where(jobs.c.seq.in_(chosen), _READY).values(_claimed).returning(*COLUMNS)
    )


CLAIM_ONE = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), _READY, _free)
    .values(_claimed)
    .returning(*COLUMNS)
)
NEXT_RUN_AT = Statement(select(func.min(jobs.c.run_at)).where(_LATER))
ANY_READY = Statement(
    select(jobs.c.seq).where(_READY, in_json(jobs.c.type, bindparam("types"))).limit(1)
)

# While it runs.

REPORT = Statement(
    update(jobs)
    .where(_OWN)
    .values(
        progress_done=bindparam("done", type_=INTEGER),
        progress_total=bindparam("total", type_=INTEGER),
        progress_rate=bindparam("rate", type_=REAL),
        progress_message=bindparam("message", type_=TEXT),
        heartbeat_at=bindparam("now"),
        heartbeats=jobs.c.heartbeats + 1,
    )
)
HEARTBEAT = Statement(
    update(jobs)
    .where(_OWN)
    .values(heartbeat_at=bindparam("now"), heartbeats=jobs.c.heartbeats + 1)
    .returning(jobs.c.cancel_requested_at)
)
#: The row is held until the transaction ends: nobody takes the job away meanwhile.
HOLD_CLAIM = Statement(select(jobs.c.id).where(_OWN).with_for_update(read=True))

# Ending. A job that is to run again, but which somebody has cancelled, ends here.

FINISH = Statement(
    update(jobs)
    .where(_OWN)
    .values(
        status=bindparam("new_status"),
        result=bindparam("result", type_=TEXT),
        error=bindparam("error", type_=TEXT),
        finished_at=bindparam("now"),
    )
)


def _again(
    ends: ColumnElement[Any],
    status: ColumnElement[Any],
    run_at: ColumnElement[Any],
    ready: str,
) -> dict[str, Any]:
    """Values that end a job where ``ends`` is true, and else put it back into the line."""
    waits = and_(~ends, jobs.c.paused == 0)
    return {
        "status": case((ends, status), else_=literal_column("'pending'")),
        "run_at": run_at,
        "ready": case((waits, literal_column(ready)), else_=literal_column("0")),
        "finished_at": case((ends, bindparam("now", type_=INTEGER)), else_=null()),
    }


_CANCELLED: ColumnElement[str] = literal_column("'cancelled'")
RETRY = Statement(
    update(jobs)
    .where(_OWN)
    .values(
        **_again(_cancelled, _CANCELLED, bindparam("later", type_=INTEGER), "2"),
        error=bindparam("error", type_=TEXT),
    )
    .returning(jobs.c.status)
)
HAND_BACK = Statement(
    update(jobs)
    .where(_OWN)
    .values(**_again(_cancelled, _CANCELLED, null(), "1"), attempt=jobs.c.attempt - 1)
    .returning(jobs.c.status)
)
_lost = or_(jobs.c.repeatable == 0, jobs.c.attempt >= jobs.c.max_attempts)


def abandoned() -> dict[str, Any]:
    """Values of a running job whose owner is dead; ``died`` is the error of what may not repeat."""
    return {
        **_again(
            or_(_cancelled, _lost),
            case((_cancelled, _CANCELLED), else_=literal_column("'failed'")),
            null(),
            "1",
        ),
        "error": case(
            (_cancelled, jobs.c.error),
            (_lost, bindparam("died", type_=TEXT)),
            else_=jobs.c.error,
        ),
    }


RECOVER = Statement(
    update(jobs)
    .where(_RUNNING, jobs.c.external == 0, in_json(jobs.c.owner, bindparam("owners")))
    .values(abandoned())
    .returning(*COLUMNS)
)
CANCEL_PENDING = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), jobs.c.status == "pending")
    .values(
        status="cancelled",
        ready=0,
        cancel_requested_at=bindparam("now"),
        finished_at=bindparam("now"),
    )
)
CANCEL_RUNNING = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), _RUNNING, jobs.c.cancel_requested_at.is_(None))
    .values(cancel_requested_at=bindparam("now"))
)

_below = select(jobs.c.id).where(jobs.c.parent == bindparam("job")).cte("below", recursive=True)
_below = _below.union(select(jobs.c.id).join(_below, jobs.c.parent == _below.c.id))
#: The unfinished jobs below one: its children, theirs ...
BELOW = Statement(
    select(jobs.c.id)
    .join(_below, jobs.c.id == _below.c.id)
    .where(jobs.c.status.in_(("pending", "running")))
    .order_by(jobs.c.seq)
)

# Looking.

_all = select(*COLUMNS)
GET = Statement(_all.where(jobs.c.id == bindparam("job")))
OWNERS = Statement(select(jobs.c.owner).where(_RUNNING, jobs.c.external == 0).distinct())
RUNNING_OF = Statement(_all.where(_RUNNING, jobs.c.owner == bindparam("one_owner")))
CANCELLED_OF = Statement(
    select(jobs.c.id).where(_RUNNING, jobs.c.owner == bindparam("one_owner"), _cancelled)
)
CHILDREN = Statement(_all.where(jobs.c.parent == bindparam("one_parent")).order_by(jobs.c.seq))
COUNTS = Statement(
    select(jobs.c.status, jobs.c.type, func.count()).group_by(jobs.c.status, jobs.c.type)
)
LISTING = Listing(
    _all,
    jobs.c.id,
    {"created_at": jobs.c.created_at},
    {
        "type": lambda value: jobs.c.type == value,
        "status": lambda value: jobs.c.status == value,
        "types": lambda value: in_json(jobs.c.type, value),
        "statuses": lambda value: in_json(jobs.c.status, value),
        "since": lambda value: jobs.c.created_at >= value,
        "parent": lambda value: jobs.c.parent == value,
    },
)

# Logs.

_line = select(
    jobs.c.id,
    bindparam("at", type_=INTEGER),
    bindparam("level", type_=TEXT),
    bindparam("line", type_=TEXT),
)
_kept = ["job_id", "at", "level", "line"]
ADD_LINE = Statement(
    insert(job_logs).from_select(_kept, _line.where(jobs.c.id == bindparam("job")))
)
#: The row is held meanwhile: a claim that is lost at the same moment adds nothing either.
ADD_OWN_LINE = Statement(
    insert(job_logs).from_select(_kept, _line.where(_OWN).with_for_update(read=True))
)
_newest = (
    select(job_logs.c.seq)
    .where(job_logs.c.job_id == bindparam("job"))
    .order_by(job_logs.c.seq.desc())
)
TRIM_LOG = Statement(
    delete(job_logs).where(
        job_logs.c.job_id == bindparam("job"),
        job_logs.c.seq <= _newest.limit(1).offset(bindparam("cap")).scalar_subquery(),
    )
)
_lines = select(job_logs.c.seq, job_logs.c.at, job_logs.c.level, job_logs.c.line)
LINES_AFTER = Statement(
    _lines.where(job_logs.c.job_id == bindparam("job"), job_logs.c.seq > bindparam("after"))
    .order_by(job_logs.c.seq)
    .limit(bindparam("limit"))
)
LAST_LINES = Statement(
    _lines.where(job_logs.c.job_id == bindparam("job"))
    .order_by(job_logs.c.seq.desc())
    .limit(bindparam("limit"))
)
