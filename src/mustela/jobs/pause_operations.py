"""Holding jobs back: all of them, those of a type, or a single one."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import and_, bindparam, case, delete, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql

from mustela.jobs.errors import InvalidJob
from mustela.jobs.look_operations import TOPIC
from mustela.jobs.schema import job_pauses, jobs
from mustela.jobs.statements import EVERY_TYPE, GET
from mustela.store import (
    INTEGER,
    Statement,
    Unit,
    all,
    changed,
    count,
    current,
    from_microseconds,
    one,
    read,
    write,
)
from mustela.store.errors import NotFound

HOLD = Statement(
    postgresql.insert(job_pauses)  # this much of its grammar is SQLite's, too
    .values({c.name: bindparam(c.name) for c in job_pauses.c})
    .on_conflict_do_nothing()
)
RELEASE = Statement(delete(job_pauses).where(job_pauses.c.type == bindparam("held")))
HOLDS = Statement(
    select(job_pauses.c.type, job_pauses.c.at, job_pauses.c.actor).order_by(job_pauses.c.type)
)
_unfinished = jobs.c.status.in_(("pending", "running"))
HOLD_ONE = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), _unfinished, jobs.c.paused == 0)
    .values(paused=1, ready=0)
)
_later = and_(jobs.c.run_at.is_not(None), jobs.c.run_at > bindparam("now", type_=INTEGER))
RELEASE_ONE = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), _unfinished, jobs.c.paused == 1)
    .values(
        paused=0,
        ready=case(
            (or_(jobs.c.status != "pending", jobs.c.external == 1), literal_column("0")),
            (_later, literal_column("2")),
            else_=literal_column("1"),
        ),
    )
)


class PauseDocument(msgspec.Struct, frozen=True):
    """A pause in JSON: who paused what, and when. ``type`` is null where it is all jobs."""

    type: str | None
    at: datetime
    actor: str


class PausedDocument(msgspec.Struct, frozen=True):
    """What is held back, besides single jobs; ``everything``: no job at all is begun."""

    everything: bool
    items: list[PauseDocument]


class Pause(msgspec.Struct, frozen=True):
    """``type`` is ``None`` where the whole queue is held back. ``at`` is in microseconds (UTC)."""

    type: str | None
    at: int
    actor: str

    def to_public(self) -> PauseDocument:
        """What the HTTP surface and ``--json`` show."""
        return PauseDocument(self.type, from_microseconds(self.at), self.actor)


class Paused(msgspec.Struct, frozen=True):
    """What is held back, besides single jobs."""

    pauses: tuple[Pause, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether no job at all is begun."""
        return any(pause.type is None for pause in self.pauses)

    @property
    def types(self) -> list[str]:
        """The types that are held back each by itself."""
        return [pause.type for pause in self.pauses if pause.type is not None]

    def to_public(self) -> PausedDocument:
        """What the HTTP surface shows."""
        return PausedDocument(self.everything, [pause.to_public() for pause in self.pauses])


class PauseOperations:
    """Pauses are rows: they hold for every process, and survive a restart.

    What runs already goes on. A paused job stays ``pending`` and is never claimed; a running one
    that is paused waits where it comes back to the line (a retry, a hand-back).
    """

    @write
    def pause(
        self, *, type: str | None = None, id: str | None = None, at: int | None = None
    ) -> Unit[None]:
        """Begin no job of this type, or not this one; where neither is named, none at all.

        What is paused, or over, already stays so. Raises ``NotFound`` for an ``id`` that no job
        has, ``InvalidJob`` where both are named.
        """
        _not_both(type, id)
        context = yield from current()
        if id is not None:
            yield from self._change_one(id, (yield from count(HOLD_ONE, job=id)))
            return
        held = EVERY_TYPE if type is None else type
        now = context.now if at is None else at
        if (yield from count(HOLD, type=held, at=now, actor=context.actor)):
            yield from changed(TOPIC)

    @write
    def resume(
        self, *, type: str | None = None, id: str | None = None, at: int | None = None
    ) -> Unit[None]:
        """Undo the pause of the same name, and no other. Raises as :meth:`pause` does."""
        _not_both(type, id)
        context = yield from current()
        if id is not None:
            now = context.now if at is None else at
            yield from self._change_one(id, (yield from count(RELEASE_ONE, job=id, now=now)))
        elif (yield from count(RELEASE, held=EVERY_TYPE if type is None else type)):
            yield from changed(TOPIC)

    @read
    def paused(self) -> Unit[Paused]:
        """What is held back, besides single jobs."""
        return Paused(tuple((yield from all(HOLDS, _pause_of))))

    def _change_one(self, id: str, number: int) -> Unit[None]:
        if number:
            yield from changed(TOPIC, id)
        elif (yield from one(GET, _anything, job=id)) is None:
            raise NotFound(f"there is no job {id}")


def _not_both(type: str | None, id: str | None) -> None:
    if type is not None and id is not None:
        raise InvalidJob("name a type of jobs or one job, not both")


def _pause_of(type: str, at: int, actor: str) -> Pause:
    return Pause(None if type == EVERY_TYPE else type, at, actor)


def _anything(*row: object) -> bool:
    return bool(row)
