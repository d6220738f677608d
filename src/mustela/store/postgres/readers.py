"""Reads that become ready in one turn of the event loop travel together, in one snapshot."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg

from mustela.store.errors import ReadOnly, not_text
from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.errors import Retry, raised
from mustela.store.postgres.link import Link, Request, Waits
from mustela.store.postgres.plan import Plan, plan
from mustela.store.postgres.session import READ_THAT_WRITES
from mustela.store.postgres.steps import BEGIN_READ, COMMIT, ROLLBACK
from mustela.store.topics import Change
from mustela.store.unit import Unit

#: So many units share a connection, at most: what they ask is answered in turn, and a slow one
#: among them keeps those behind it waiting.
BATCH_UNITS = 16


class Work:
    """A unit that somebody awaits."""

    __slots__ = ("call", "future", "plan", "unit")

    def __init__(self, call: Call, future: asyncio.Future[Any]) -> None:
        self.call = call
        self.future = future
        self.unit: Unit[Any] | None = None
        self.plan: Plan

    def succeed(self, value: Any) -> None:
        if not self.future.done():
            self.future.set_result(value)

    def fail(self, error: BaseException) -> None:
        if self.unit is not None:
            self.unit.close()
        if not self.future.done():
            self.future.set_exception(error)


def read_together(link: Link, kept: KeptRecords, works: list[Work]) -> Waits[list[Work]]:
    """Run reads, all of them a step at a time; answers those that have to be run again, alone.

    An error of the server ends the snapshot that they share: the unit that it belongs to gets it,
    and the others are run again.
    """
    going = [w for w in works if not w.future.cancelled() and _advance(w, kept, None)]
    ahead: list[Request] = [BEGIN_READ]
    try:
        while going:
            requests = [*ahead, *(one for work in going for one in work.plan.requests)]
            try:
                sent = link.put(requests)
            except Exception:  # noqa: BLE001  # a value that cannot be sent: whose is it?
                yield from _end(link, begun=not ahead, failed=True)
                return going
            results, error = yield from link.answers(sent)
            at, ahead = len(ahead), []
            still: list[Work] = []
            for place, work in enumerate(going):
                end = at + len(work.plan.requests)
                if end > len(results):
                    assert error is not None
                    again = _blame(work, error, link)
                    yield from _end(link, begun=True, failed=True)
                    return [*again, *still, *going[place + 1 :]]
                if _advance(work, kept, results[at:end]):
                    still.append(work)
                at = end
            going = still
        yield from _end(link, begun=not ahead, failed=False)
    except psycopg.Error:
        link.close()  # lost between two steps: whoever has no answer yet asks again
    except BaseException:
        link.close()  # nobody else is to go on in this snapshot
        raise
    return going


def _end(link: Link, *, begun: bool, failed: bool) -> Waits[None]:
    """Let the snapshot go; nobody waits for the server's word."""
    if begun and not link.lost:
        yield from link.leave(link.put([ROLLBACK if failed else COMMIT]))


def _blame(work: Work, error: psycopg.Error, link: Link) -> list[Work]:
    """The unit whose request failed: it has its error, unless another attempt may succeed."""
    meant = raised(error, link)
    if isinstance(meant, Retry):
        return [work]
    work.fail(meant)
    return []


def _advance(work: Work, kept: KeptRecords, answers: list[Any] | None) -> bool:
    """Go on to the next step that needs the server; False where the unit has ended."""
    changes: list[Change] = []
    try:
        if work.unit is None or answers is None:
            work.unit, value = work.call.start(), None
        else:
            value = work.plan.value(answers)
        while True:
            wanted = plan(work.unit.send(value), work.call, changes, kept)
            if changes or wanted.copy is not None:
                raise ReadOnly(READ_THAT_WRITES)
            if wanted.requests:
                work.plan = wanted
                return True
            value = wanted.value([])
    except StopIteration as stop:
        work.succeed(stop.value)
    except UnicodeEncodeError as error:
        work.fail(not_text(error))
    except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits this unit
        work.fail(error)
    return False
