"""The SQL of schedules."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, delete, func, select, text, update
from sqlalchemy.dialects import postgresql

from mustela.jobs.schema import job_schedules
from mustela.store import INTEGER, TEXT, Statement
from mustela.store.dialect_sql import in_json

_all = select(*(c for c in job_schedules.c if c.name != "seq"))
_named = job_schedules.c.name == bindparam("schedule")
_at_work = text("job_schedules.paused = 0")

_new = postgresql.insert(job_schedules).values(  # this much of its grammar is SQLite's, too
    {c.name: bindparam(c.name) for c in job_schedules.c if c.name != "seq"}
)
#: Where there is one of this name its pause and its past stay, and its next tick unless ``cron``
#: is another one.
PUT = Statement(
    _new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            **{
                name: _new.excluded[name]
                for name in ("cron", "type", "payload", "priority", "catch_up", "overlap")
            },
            "actor": _new.excluded.actor,
            "updated_at": _new.excluded.updated_at,
            "next_at": case(
                (job_schedules.c.cron == _new.excluded.cron, job_schedules.c.next_at),
                else_=_new.excluded.next_at,
            ),
        },
    )
)
GET = Statement(_all.where(_named))
LIST = Statement(_all.order_by(job_schedules.c.name))
REMOVE = Statement(delete(job_schedules).where(_named))
PAUSE = Statement(
    update(job_schedules)
    .where(_named, job_schedules.c.paused == 0)
    .values(paused=1, updated_at=bindparam("now"))
)
RESUME = Statement(
    update(job_schedules)
    .where(_named, job_schedules.c.paused == 1)
    .values(paused=0, next_at=bindparam("next", type_=INTEGER), updated_at=bindparam("now"))
)
_known = and_(_at_work, in_json(job_schedules.c.type, bindparam("types")))
NEXT_AT = Statement(select(func.min(job_schedules.c.next_at)).where(_known))
DUE = Statement(
    _all.where(_known, job_schedules.c.next_at <= bindparam("now")).order_by(
        job_schedules.c.next_at, job_schedules.c.name
    )
)
#: Only one of those that see a tick moves it.
MOVE = Statement(
    update(job_schedules)
    .where(_named, _at_work, job_schedules.c.next_at == bindparam("due", type_=INTEGER))
    .values(next_at=bindparam("next", type_=INTEGER), last_at=bindparam("tick", type_=INTEGER))
)
NOTE_JOB = Statement(
    update(job_schedules).where(_named).values(last_job_id=bindparam("job", type_=TEXT))
)
