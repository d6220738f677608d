"""Driving units on a connection, without I/O: written once, for threads and for event loops.

Methods are generators of what to wait for; :class:`~mustela.store.postgres.link.Link` sends and
reads. What need not be answered at once travels with the next request: ``BEGIN`` with the first
statement, the announcement of the changes with ``COMMIT``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from mustela.store.errors import (
    Conflict,
    ReadOnly,
    StoreError,
    StoreUnavailable,
    TransactionClosed,
    not_text,
)
from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.copy import Copy
from mustela.store.postgres.errors import Lost, Retry, is_loss, raised
from mustela.store.postgres.link import Link, Request, Waits
from mustela.store.postgres.plan import plan
from mustela.store.postgres.steps import (
    BEGIN_READ,
    COMMIT,
    RELEASE,
    ROLLBACK,
    SAVEPOINT,
    UNDO,
    announcement,
    fold_topics,
    trim_events,
)
from mustela.store.topics import Change

#: So many requests travel together at most: their answers wait in memory.
AT_ONCE = 1000

ROLLED_BACK = "a statement of the transaction had failed, and it was rolled back; open another"
READ_THAT_WRITES = "a unit declared with @read may not write; declare it with @write"


class Session:
    """A connection in one transaction."""

    def __init__(self, link: Link, kept: KeptRecords) -> None:
        self.link = link
        self.kept = kept
        self.changes: list[Change] = []
        self._ahead: list[Request] = []
        self._open = False

    def begin(self, *requests: Request) -> None:
        """Begin with the first statement."""
        self._ahead = list(requests)

    def begin_now(self, *requests: Request) -> Waits[None]:
        """Begin, and know that the server has."""
        self.begin(*requests)
        yield from self.ask(())

    def ask(self, requests: Sequence[Request]) -> Waits[list[Any]]:
        """One round trip: what was held back, and these; their answers."""
        ahead = len(self._ahead)
        try:
            sent = self.link.put([*self._ahead, *requests])
            self._ahead, self._open = [], True
            results, error = yield from self.link.answers(sent)
        except psycopg.Error as problem:
            raise raised(problem, self.link) from problem
        if error is not None:
            raise raised(error, self.link) from error
        return results[ahead:]

    def run(self, call: Call) -> Waits[Any]:
        """Drive one unit to its end."""
        unit = call.start()
        result: Any = None
        try:
            while True:
                wanted = plan(unit.send(result), call, self.changes, self.kept)
                if wanted.copy is not None:
                    yield from self._copy(wanted.copy)
                answers: list[Any] = []
                for at in range(0, len(wanted.requests), AT_ONCE):
                    answers += yield from self.ask(wanted.requests[at : at + AT_ONCE])
                result = wanted.value(answers)
        except StopIteration as stop:
            return stop.value
        except UnicodeEncodeError as error:  # it met a value that it was called with
            raise not_text(error) from error
        finally:
            unit.close()

    def _copy(self, copy: Copy) -> Waits[None]:
        if self._ahead:
            yield from self.ask(())
        try:
            yield from self.link.copy(copy)
        except psycopg.Error as problem:
            raise raised(problem, self.link) from problem

    def commit(self) -> Waits[None]:
        """Announce the changes and commit, in one round trip."""
        if not self._open and not self.changes:
            return  # nothing was ever asked
        try:
            sent = self.link.put([*self._ahead, *announcement(self.changes), COMMIT])
            self._ahead, self._open = [], True
            results, error = yield from self.link.answers(sent)
        except psycopg.Error as problem:
            raise _at_commit(problem, self.link) from problem
        if error is not None:
            raise _at_commit(error, self.link) from error
        self._open = False
        if results[-1] != b"COMMIT":  # what an aborted transaction answers, without an error
            raise TransactionClosed(ROLLED_BACK)

    def end_read(self) -> Waits[None]:
        """Let the snapshot go; nobody waits for the server's word."""
        if self.changes:
            raise ReadOnly(READ_THAT_WRITES)
        if self._open:
            self._open = False
            try:
                yield from self.link.leave(self.link.put([COMMIT]))
            except psycopg.Error:
                self.link.close()  # all was read before

    def rollback(self) -> Waits[None]:
        """Leave the connection clean; a broken one is the pool's to replace."""
        self._ahead = []
        self.changes.clear()
        if not self._open or self.link.lost:
            return
        self._open = False
        try:
            _, error = yield from self.link.answers(self.link.put([ROLLBACK]))
        except psycopg.Error:
            self.link.close()
        else:
            if error is not None:
                self.link.close()

    def run_inside(self, call: Call) -> Waits[Any]:
        """Drive one unit of several in this transaction: where it fails, it is undone alone."""
        mark = len(self.changes)
        self._ahead.append(SAVEPOINT)
        begun = len(self._ahead)
        try:
            result = yield from self.run(call)
        except GeneratorExit:
            raise
        except BaseException:
            del self.changes[mark:]
            if len(self._ahead) >= begun:
                self._ahead.pop()  # it never asked
            elif not self.link.lost:
                yield from self._undo()
            raise
        if len(self._ahead) >= begun:
            self._ahead.pop()
        else:
            self._ahead.append(RELEASE)
        return result

    def _undo(self) -> Waits[None]:
        """Where that fails, too, the commit will."""
        try:
            yield from self.link.answers(self.link.put([UNDO]))
        except psycopg.Error:
            self.link.close()


def transact(session: Session, call: Call, *begin: Request) -> Waits[Any]:
    """One unit that may write, in a transaction of its own."""
    session.begin(*begin)
    try:
        result = yield from session.run(call)
        yield from session.commit()
    except GeneratorExit:
        session.link.close()
        raise
    except BaseException:
        yield from session.rollback()
        raise
    return result


def read_alone(session: Session, call: Call, *begin: Request) -> Waits[Any]:
    """One unit that reads, in a snapshot of its own."""
    session.begin(BEGIN_READ, *begin)
    try:
        result = yield from session.run(call)
        yield from session.end_read()
    except GeneratorExit:
        session.link.close()
        raise
    except BaseException:
        yield from session.rollback()
        raise
    return result


def conflict(reason: Retry) -> StoreError:
    """What a transaction of several calls, which cannot be run again, says in its place."""
    return reason.error if isinstance(reason, Lost) else Conflict()


def tidy_up(link: Link) -> Waits[None]:
    """Fold the topics and trim the events, each by itself."""
    for request in (fold_topics(), trim_events()):
        _, error = yield from link.answers(link.put([request]))
        if error is not None:
            raise raised(error, link)


def _at_commit(error: psycopg.Error, link: Link) -> Exception:
    """At COMMIT: where the connection went with it, nobody knows the outcome."""
    if is_loss(error, link):
        link.close()
        return StoreUnavailable(
            f"the connection was lost during the commit: look whether the change was kept ({error})"
        )
    return raised(error, link)
