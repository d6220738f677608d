"""One connection to the server: requests go out together, and their results come back together.

What speaks to libpq is written once, as generators that yield psycopg's word for what to wait for;
``connection.wait`` drives them, in a thread or on an event loop.
"""

from __future__ import annotations

import select
import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import copy_end, copy_to, execute, fetch_many, send

from mustela.store.postgres.copy import Copy

T = TypeVar("T")
#: Yields what psycopg's waiting functions understand.
Waits: TypeAlias = Generator[Any, Any, T]
Connection: TypeAlias = "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]"

#: Seconds after which a connection is replaced by a new one when it is idle (for proxies, and for
#: what a server keeps in memory for each).
LIFETIME = 3600.0
#: A statement is prepared when it is asked for so many times on one connection.
PREPARE_AT = 2
#: At most so many are on one connection; others are planned each time.
MOST_PREPARED = 500

_TUPLES_OK = pq.ExecStatus.TUPLES_OK
_DONE = frozenset((_TUPLES_OK, pq.ExecStatus.COMMAND_OK))
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED
_ALIVE = pq.ConnStatus.OK
_AUTO = [PyFormat.AUTO] * 64

Key: TypeAlias = tuple[bytes, tuple[int, ...]]


class Request(NamedTuple):
    """A statement with ``$1`` for its values."""

    sql: bytes
    values: Sequence[Any] = ()
    #: Its answer: its rows, how many it changed, or the server's word for what was done.
    answer: Literal["rows", "number", "word"] = "rows"


class Answers(NamedTuple):
    """What requests were answered, in order, up to the ``error`` that ended them."""

    results: list[Any]
    error: psycopg.Error | None


class _Sent(NamedTuple):
    """What is expected back: that a statement has its name now, or the answer of a request."""

    prepared: tuple[Key, bytes] | None
    answer: str


Sent: TypeAlias = Sequence[_Sent]


class NotUnicode(psycopg.DataError):
    """A value cannot be sent; ``error`` says why."""

    def __init__(self, error: UnicodeEncodeError) -> None:
        super().__init__(str(error))
        self.error = error


class Link:
    """A connection in libpq's pipeline mode, its prepared statements, and answers still owed."""

    def __init__(self, connection: Connection) -> None:
        self.connection: Any = connection
        self.pgconn = connection.pgconn
        self.socket: int = self.pgconn.socket
        self._dump = Transformer(connection)
        self._load = Transformer(connection)
        self._names: dict[Key, bytes] = {}
        self._asked: OrderedDict[Key, int] = OrderedDict()
        self._number = 0
        self._owed: Sent = ()
        #: Whether what it had prepared was refused: other connections may be as much behind.
        self.outdated = False
        self._old_at = time.monotonic() + LIFETIME
        self._poll = select.poll()
        self._poll.register(self.socket, select.POLLIN)
        self.pgconn.enter_pipeline_mode()

    @property
    def lost(self) -> bool:
        """Whether the connection is known to be gone."""
        return self.pgconn.status != _ALIVE

    def is_usable(self) -> bool:
        """Whether an idle connection is alive and not too old to be used once more."""
        return self.is_alive() and time.monotonic() < self._old_at

    def is_alive(self) -> bool:
        """Look at an idle connection, without a question to the server: has it hung up?"""
        try:
            for _ in range(2):  # its last words, and the end behind them
                if not self.lost and self._poll.poll(0):
                    self.pgconn.consume_input()
        except psycopg.OperationalError:
            self.close()
        return not self.lost

    def close(self) -> None:
        """Hang up; a transaction that is open is the server's to roll back."""
        self.pgconn.finish()

    def put(self, requests: Sequence[Request]) -> Sent:
        """Put requests into the buffer, none where one has a value that is unfit.

        What follows an error among them is not run. Their :meth:`answers` must be taken.
        """
        pgconn = self.pgconn
        dumped = [(one, self._dumped(one.values)) for one in requests]
        sent: list[_Sent] = []
        own: dict[Key, bytes] = {}
        try:
            for request, (values, types, formats) in dumped:
                key = (request.sql, types)
                name = self._names.get(key) or own.get(key)
                if name is None and self._is_worth_it(key):
                    self._number += 1
                    name = own[key] = b"mustela_%d" % self._number
                    pgconn.send_prepare(name, request.sql, types)
                    sent.append(_Sent((key, name), ""))
                if name is not None:
                    pgconn.send_query_prepared(name, values, formats)
                else:
                    pgconn.send_query_params(request.sql, values, types, formats)
                sent.append(_Sent(None, request.answer))
            pgconn.pipeline_sync()
        except psycopg.Error:
            self.close()  # nobody knows how much of it is in the buffer
            raise
        return sent

    def answers(self, sent: Sent) -> Waits[Answers]:
        """Send what was put, and read what it is answered: one round trip."""
        yield from send(self.pgconn)
        yield from self._settle()
        return (yield from self._receive(sent))

    def leave(self, sent: Sent) -> Waits[None]:
        """Send what was put; its answers, which nobody waits for, are read before the next ones."""
        yield from send(self.pgconn)
        self._owed = sent

    def copy(self, copy: Copy) -> Waits[None]:
        """Write rows into a table. Raises the server's error, like that of an insert."""
        pgconn = self.pgconn
        yield from self._settle()
        pgconn.exit_pipeline_mode()
        pgconn.send_query(copy.sql)
        begun = yield from execute(pgconn)
        if begun[0].status != pq.ExecStatus.COPY_IN:
            pgconn.enter_pipeline_mode()
            raise error_from_result(begun[0], self._dump.encoding)
        try:
            for chunk in copy.chunks:
                yield from copy_to(pgconn, chunk)
            yield from copy_end(pgconn, None)
        finally:
            with suppress(psycopg.OperationalError):  # lost, or given up
                pgconn.enter_pipeline_mode()

    def _settle(self) -> Waits[None]:
        """Read what is owed: the end of a snapshot. Where that failed, it has not ended."""
        if not self._owed:
            return
        owed, self._owed = self._owed, ()
        _, error = yield from self._receive(owed)
        if error is not None:
            self.close()
            raise psycopg.OperationalError(f"the last snapshot could not be ended: {error}")

    def _dumped(self, values: Sequence[Any]) -> tuple[Any, tuple[int, ...], Any]:
        if not values:
            return None, (), None
        dump, count = self._dump, len(values)
        formats = _AUTO[:count] if count <= len(_AUTO) else [PyFormat.AUTO] * count
        try:
            dumped = dump.dump_sequence(values, formats)
        except UnicodeEncodeError as error:
            raise NotUnicode(error) from error
        return dumped, dump.types or (), dump.formats

    def _is_worth_it(self, key: Key) -> bool:
        count = self._asked.pop(key, 0) + 1
        if count >= PREPARE_AT and len(self._names) < MOST_PREPARED:
            return True
        self._asked[key] = count
        if len(self._asked) > MOST_PREPARED:
            self._asked.popitem(last=False)
        return False

    def _receive(self, sent: Sent) -> Waits[Answers]:
        """Read to the end of the pipeline; only then are values made, which may fail, too."""
        received: list[tuple[_Sent, Any]] = []
        error: psycopg.Error | None = None
        try:
            for one in sent:
                found = yield from fetch_many(self.pgconn)
                if not found:
                    raise psycopg.OperationalError("the server did not answer")
                status = found[-1].status
                if status in _DONE:
                    received.append((one, found[-1]))
                elif status != _ABORTED and error is None:
                    error = error_from_result(found[-1], self._dump.encoding)
            yield from fetch_many(self.pgconn)  # the end of the pipeline
        except psycopg.OperationalError as end:
            error = error or end  # what the server said before it hung up says more
            self.close()
        results: list[Any] = []
        for one, result in received:
            self._answered(one, result, results)
        return Answers(results, error)

    def _answered(self, one: _Sent, result: Any, results: list[Any]) -> None:
        if one.prepared is not None:
            self._names[one.prepared[0]] = one.prepared[1]
        elif one.answer == "rows":
            results.append(self._rows(result) if result.status == _TUPLES_OK else [])
        elif one.answer == "number":
            changed = result.command_tuples
            results.append(-1 if changed is None else changed)
        else:
            results.append(result.command_status)

    def _rows(self, result: Any) -> list[tuple[Any, ...]]:
        load = self._load
        load.set_pgresult(result)
        return load.load_rows(0, result.ntuples, tuple)
