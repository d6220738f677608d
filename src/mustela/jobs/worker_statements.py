"""The SQL of workers: leases by the server's clock, and the jobs of owners without one."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, exists, insert, literal_column, select, text, update

from mustela.jobs.schema import job_workers, jobs
from mustela.jobs.statements import COLUMNS, abandoned
from mustela.store import INTEGER, Statement
from mustela.store.dialect_sql import server_time

_c = job_workers.c
_now = server_time(bindparam("now", type_=INTEGER))
_until = _now + bindparam("lease", type_=INTEGER)
_named = _c.owner == bindparam("one_owner")

JOIN = Statement(
    insert(job_workers).values(
        **{name: bindparam(name) for name in ("owner", "host", "pid", "command", "takes", "slots")},
        started_at=_now,
        lease_until=_until,
    )
)
#: Also after its end, as long as nobody has declared the owner dead.
RENEW = Statement(update(job_workers).where(_named).values(lease_until=_until))
LEAVE = Statement(delete(job_workers).where(_named))
LIVE = Statement(
    select(_c.owner, _c.pid, _c.command, _c.takes, _c.slots, _c.host)
    .where(_c.lease_until >= _now)
    .order_by(_c.started_at, _c.owner)
)
#: Whoever reads it keeps the row from being declared dead until his transaction ends.
IS_LIVING = Statement(
    select(literal_column("1")).where(_named).with_for_update(read=True, key_share=True)
)
#: Nothing where a claim by this owner, or its lease, is being committed at this moment.
IS_QUIET = Statement(select(literal_column("1")).where(_named).with_for_update(skip_locked=True))

_expired = _c.lease_until < _now
_unowned = and_(
    text("jobs.status = 'running'"), jobs.c.external == 0, ~exists().where(_c.owner == jobs.c.owner)
)
LOOK = Statement(select(_now, exists().where(_expired), exists().where(_unowned)))
DECLARE_DEAD = Statement(delete(job_workers).where(_expired))
SETTLE_UNOWNED = Statement(update(jobs).where(_unowned).values(abandoned()).returning(*COLUMNS))
