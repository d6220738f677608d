"""Driving units on one SQLite connection: the interpreter of steps, for sync and async alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw

from mustela.store.errors import InsideTransaction, ReadOnly, not_text
from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.sqlite.dialect import DIALECT, MARKED
from mustela.store.sqlite.errors import translate
from mustela.store.statement import Statement
from mustela.store.topics import (
    ADD_EVENT,
    EVENT_WINDOW,
    MOVE_TOPIC,
    STATE,
    TRIM_EVENTS,
    Change,
    event_rows,
    label,
    pending,
    summed,
)
from mustela.store.unit import Batch, Changed, Count, Current, Kept, Many, Query, Step, Token, Total

_TRIM_EVERY = 512
#: How many SQLite instructions pass between two looks at the clock.
_INSTRUCTIONS = 20_000
#: A rollback fails only where an interrupt meets it: then it is said again.
_ROLLBACK_TRIES = 5

READ_THAT_WRITES = "a unit declared with @read may not write; declare it with @write"
INSIDE_A_UNIT = "a unit called the store; compose units: yield from operation.unit(...)"


class Session:
    """A connection, the changes its open transaction will announce, and how steps run on it."""

    def __init__(self, connection: apsw.Connection, kept: KeptRecords | None = None) -> None:
        self.connection = connection
        self.kept = KeptRecords(0) if kept is None else kept
        self.changes: list[Change] = []
        self._reading = False
        #: What a snapshot has said of its topics: it says the same to each unit that reads in it.
        self._states: dict[str, tuple[int, int]] = {}
        self._events = _TRIM_EVERY  # the first announcement trims: short programs do, too

    def run(self, call: Call) -> Any:
        """Drive one unit to its end; what a failed unit announced is forgotten."""
        mark = len(self.changes)
        unit = call.start()
        send = unit.send
        execute = self.connection.execute
        result: Any = None
        try:
            while True:
                step = send(result)
                if type(step) is Query:
                    found = step.statement._compiled.get("sqlite")
                    sql, literals = found or step.statement.compiled(DIALECT)
                    result = execute(
                        sql, {**literals, **step.parameters} if literals else step.parameters
                    ).fetchall()
                elif type(step) is Current:
                    result = call.context
                elif type(step) is Count and not self._reading:
                    self._write(step.statement, step.parameters)
                    result = self.connection.changes()
                else:
                    result = self._step(step, call)
        except StopIteration as stop:
            return stop.value
        except apsw.Error as error:
            del self.changes[mark:]
            unit.close()
            raise translate(error) from error
        except UnicodeEncodeError as error:
            del self.changes[mark:]
            unit.close()
            raise not_text(error) from error
        except BaseException:
            del self.changes[mark:]
            unit.close()
            raise

    def _step(self, step: Step[Any], call: Call) -> Any:
        if isinstance(step, Query):
            return self.fetch(step.statement, step.parameters)
        if isinstance(step, Batch):
            return [self._step(one, call) for one in step.steps]
        if self._reading and isinstance(step, (Count, Changed, Many)):
            raise ReadOnly(READ_THAT_WRITES)
        if isinstance(step, Count):
            self._write(step.statement, step.parameters)
            return self.connection.changes()
        if isinstance(step, Changed):
            context = call.context
            self.changes.append(
                Change(step.topic, step.key, step.delta, context.change_id, context.now)
            )
            return None
        if isinstance(step, Current):
            return call.context
        if isinstance(step, Many):
            return self._many(step.statement, step.rows)
        if isinstance(step, Total):
            return self._state(step.topic)[1] + pending(self.changes, step.topic)
        if isinstance(step, Token):
            return ".".join(
                label(self._state(topic)[0], self.changes, topic) for topic in step.topics
            )
        if isinstance(step, Kept):
            return self.kept
        raise TypeError(f"a unit yielded {step!r}; it may only yield steps")

    def fetch(self, statement: Statement, parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement, answer its rows."""
        sql, literals = statement.compiled(DIALECT)
        return self.connection.execute(
            sql, {**literals, **parameters} if literals else parameters
        ).fetchall()

    def _write(self, statement: Statement, parameters: Any) -> None:
        marked = statement.positional(DIALECT, MARKED)
        if marked is None:
            self.fetch(statement, parameters)
        else:
            self.connection.execute(marked.sql, marked.values(parameters)).fetchall()

    def _many(self, statement: Statement, rows: Any) -> None:
        marked = statement.positional(DIALECT, MARKED)
        if marked is None:
            sql, literals = statement.compiled(DIALECT)
            self.connection.executemany(sql, ({**literals, **row} for row in rows))
        else:
            self.connection.executemany(marked.sql, map(marked.values, rows))

    def _state(self, topic: str) -> tuple[int, int]:
        known = self._states.get(topic)
        if known is None:
            revision, total = self.fetch(STATE, {"topic": topic})[0]
            known = (revision, total)
            if self._reading:
                self._states[topic] = known
        return known

    def begin_read(self) -> None:
        """Take a snapshot for units that read."""
        try:
            self.connection.execute("BEGIN")
        except apsw.Error as error:
            if self.connection.in_transaction:
                raise InsideTransaction(INSIDE_A_UNIT) from error
            raise translate(error) from error
        self._reading = True

    def end_read(self) -> None:
        """Let the snapshot go; ``ReadOnly`` if a unit wrote in it, and then nothing is kept."""
        self._reading = False
        self._states.clear()
        if self.connection.txn_state() == apsw.SQLITE_TXN_WRITE:
            self.rollback()
            raise ReadOnly(READ_THAT_WRITES)
        try:
            self.connection.execute("COMMIT")
        except apsw.Error:  # an error has ended it already; nothing was written or is lost
            self.rollback()

    def begin(self) -> None:
        """Take the database's write lock; other processes may make this wait."""
        self._control("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Announce the changes and commit, durably. On an error nothing is left open."""
        try:
            if self.changes:
                self._announce()
            self.connection.execute("COMMIT")
        except BaseException as error:
            self.rollback()
            if isinstance(error, apsw.Error):
                raise translate(error) from error
            raise

    def rollback(self) -> None:
        """Undo the transaction, if one is open still."""
        self.changes.clear()
        for tries in range(_ROLLBACK_TRIES):
            if not self.connection.in_transaction:
                return
            try:
                self.connection.execute("ROLLBACK")
            except apsw.Error as error:
                if tries + 1 == _ROLLBACK_TRIES and self.connection.in_transaction:
                    raise translate(error) from error

    def interrupt_when(self, enough: Callable[[], bool] | None) -> None:
        """Interrupt statements once ``enough()``, which is asked now and then while one runs."""
        self.connection.set_progress_handler(enough, _INSTRUCTIONS)

    def savepoint(self) -> None:
        self._control("SAVEPOINT unit")

    def release(self) -> None:
        self._control("RELEASE unit")

    def undo_savepoint(self) -> bool:
        """After a unit failed: undo it alone. False when the whole transaction is gone."""
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO unit")
                self.connection.execute("RELEASE unit")
                return True
        except apsw.Error:
            self.rollback()
        self.changes.clear()
        return False

    def close(self) -> None:
        self.connection.close()

    def _control(self, sql: str) -> None:
        try:
            self.connection.execute(sql)
        except apsw.Error as error:
            raise translate(error) from error

    def _announce(self) -> None:
        for topic in summed(self.changes):
            self.fetch(MOVE_TOPIC, topic)
        self._many(ADD_EVENT, event_rows(self.changes))
        self._events += len(self.changes)
        if self._events >= _TRIM_EVERY:
            self.fetch(TRIM_EVENTS, {"window": EVENT_WINDOW})
            self._events = 0
        self.changes.clear()
