"""Driving units on a psycopg connection: the sync driver and the async one, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg

from mustela.store.errors import StoreError, StoreUnavailable, TransactionClosed
from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.errors import RETRY, translate
from mustela.store.postgres.steps import (
    BEGIN,
    BEGIN_READ,
    MOVE_TOPIC,
    begin_limited,
    local,
    new_shard,
    prepared,
    result_of,
    state,
)
from mustela.store.statement import Statement
from mustela.store.topics import (
    ADD_EVENT,
    STATE,
    Change,
    event_rows,
    label,
    pending,
    summed,
)
from mustela.store.unit import Batch, Count, Kept, Many, Query, Token, Total

ROLLED_BACK = "a statement of the transaction had failed, and it was rolled back; open another"


class Retry(Exception):
    """The server says that this transaction may succeed when run again."""


def raised(error: psycopg.Error, connection: Any) -> Exception:
    """What a driver error inside a transaction means for whoever drives it.

    A pipeline that an error ended may leave the driver believing in prepared statements that the
    server never made. Such a connection is given up, and the unit is run again on another.
    """
    if isinstance(error, psycopg.errors.InvalidSqlStatementName):
        connection.pgconn.finish()
        return Retry()
    return Retry() if isinstance(error, RETRY) else translate(error)


def at_commit(error: psycopg.Error, connection: Any) -> Exception:
    """The same at COMMIT: where the connection went with it, nobody knows the outcome."""
    if connection.closed:
        return StoreUnavailable(
            f"the connection was lost during the commit: look whether the change was kept ({error})"
        )
    return raised(error, connection)


class Session:
    """A connection in one transaction (sync)."""

    def __init__(self, connection: psycopg.Connection[Any], kept: KeptRecords) -> None:
        self.connection = connection
        self.kept = kept
        self.changes: list[Change] = []

    def begin(self, *, writes: bool = True) -> None:
        self.execute(BEGIN if writes else BEGIN_READ)

    def begin_limited(self, limit: float) -> None:
        """For a transaction of several calls, which the server ends when nobody else does."""
        self.execute(begin_limited(limit))

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
        try:
            return self.connection.execute(sql.encode(), parameters)
        except psycopg.Error as error:
            raise raised(error, self.connection) from error

    def run(self, call: Call) -> Any:
        """Drive one unit to its end."""
        unit = call.start()
        result: Any = None
        try:
            while True:
                result = self._step(unit.send(result), call)
        except StopIteration as stop:
            return stop.value
        finally:
            unit.close()

    def _step(self, step: Any, call: Call) -> Any:
        done, result = local(step, call, self.changes)
        if done:
            return result
        if isinstance(step, Query | Count):
            cursor = self.execute(*prepared(step.statement, step.parameters))
            result, more = result_of(step, cursor)
            return cursor.fetchall() if more else (result if isinstance(step, Count) else [])
        if isinstance(step, Many):
            return self._many(step.statement, step.rows)
        if isinstance(step, Total):
            return self._state(step.topic)[1] + pending(self.changes, step.topic)
        if isinstance(step, Token):
            return ".".join(
                [label(self._state(topic)[0], self.changes, topic) for topic in step.topics]
            )
        if isinstance(step, Batch):
            return [self._step(one, call) for one in step.steps]
        if isinstance(step, Kept):
            return self.kept
        raise TypeError(f"a unit yielded {step!r}; it may only yield steps")

    def _many(self, statement: Statement, rows: Any) -> None:
        pairs = [prepared(statement, row) for row in rows]
        if pairs:
            try:
                with self.connection.cursor() as cursor:
                    cursor.executemany(pairs[0][0].encode(), [row for _, row in pairs])
            except psycopg.Error as error:
                raise raised(error, self.connection) from error

    def _state(self, topic: str) -> tuple[int, int]:
        return state(self.execute(*prepared(STATE, {"topic": topic})).fetchone())

    def commit(self) -> None:
        if self.changes:
            shard = new_shard()
            for topic in summed(self.changes):
                self.execute(*prepared(MOVE_TOPIC, {**topic, "shard": shard}))
            self._many(ADD_EVENT, event_rows(self.changes))
        try:
            done = self.connection.execute(b"COMMIT")
        except psycopg.Error as error:
            raise at_commit(error, self.connection) from error
        if done.statusmessage != "COMMIT":  # what an aborted transaction answers, without an error
            raise TransactionClosed(ROLLED_BACK)

    def savepoint(self) -> None:
        self.execute("SAVEPOINT unit")

    def release(self) -> None:
        self.execute("RELEASE SAVEPOINT unit")

    def undo_savepoint(self) -> None:
        """After a unit failed: undo it alone. Where that fails, too, the commit will."""
        with suppress(StoreError, Retry):
            self.execute("ROLLBACK TO SAVEPOINT unit")

    def rollback(self) -> None:
        """Leave the connection clean; a broken one is the pool's to replace."""
        if not self.connection.closed:
            try:
                self.connection.execute("ROLLBACK")
            except psycopg.Error:
                self.connection.close()


class AsyncSession:
    """A connection in one transaction (async)."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], kept: KeptRecords) -> None:
        self.connection = connection
        self.kept = kept
        self.changes: list[Change] = []

    async def begin(self, *, writes: bool = True) -> None:
        await self.execute(BEGIN if writes else BEGIN_READ)

    async def begin_limited(self, limit: float) -> None:
        """For a transaction of several calls, which the server ends when nobody else does."""
        await self.execute(begin_limited(limit))

    async def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
        try:
            return await self.connection.execute(sql.encode(), parameters)
        except psycopg.Error as error:
            raise raised(error, self.connection) from error

    async def run(self, call: Call) -> Any:
        """Drive one unit to its end."""
        unit = call.start()
        result: Any = None
        try:
            while True:
                result = await self._step(unit.send(result), call)
        except StopIteration as stop:
            return stop.value
        finally:
            unit.close()

    async def _step(self, step: Any, call: Call) -> Any:
        done, result = local(step, call, self.changes)
        if done:
            return result
        if isinstance(step, Query | Count):
            cursor = await self.execute(*prepared(step.statement, step.parameters))
            result, more = result_of(step, cursor)
            return await cursor.fetchall() if more else (result if isinstance(step, Count) else [])
        if isinstance(step, Many):
            return await self._many(step.statement, step.rows)
        if isinstance(step, Total):
            return (await self._state(step.topic))[1] + pending(self.changes, step.topic)
        if isinstance(step, Token):
            return ".".join(
                [label((await self._state(topic))[0], self.changes, topic) for topic in step.topics]
            )
        if isinstance(step, Batch):
            return await self._batch(step, call)
        if isinstance(step, Kept):
            return self.kept
        raise TypeError(f"a unit yielded {step!r}; it may only yield steps")

    async def _batch(self, batch: Batch, call: Call) -> list[Any]:
        """Send all, then read all: one round trip instead of one for each step."""
        if not all(isinstance(step, Query | Count) for step in batch.steps):
            return [await self._step(step, call) for step in batch.steps]
        results: list[Any] = []
        try:
            async with self.connection.pipeline():
                cursors = [
                    await self.connection.execute(sql.encode(), parameters)
                    for sql, parameters in (
                        prepared(step.statement, step.parameters)
                        for step in batch.steps
                        if isinstance(step, Query | Count)
                    )
                ]
            for step, cursor in zip(batch.steps, cursors, strict=True):
                if isinstance(step, Count):
                    results.append(cursor.rowcount)
                else:
                    results.append(await cursor.fetchall() if cursor.description else [])
        except psycopg.Error as error:
            raise raised(error, self.connection) from error
        return results

    async def _many(self, statement: Statement, rows: Any) -> None:
        pairs = [prepared(statement, row) for row in rows]
        if pairs:
            try:
                async with self.connection.cursor() as cursor:
                    await cursor.executemany(pairs[0][0].encode(), [row for _, row in pairs])
            except psycopg.Error as error:
                raise raised(error, self.connection) from error

    async def _state(self, topic: str) -> tuple[int, int]:
        cursor = await self.execute(*prepared(STATE, {"topic": topic}))
        return state(await cursor.fetchone())

    async def commit(self) -> None:
        if self.changes:
            shard = new_shard()
            for topic in summed(self.changes):
                await self.execute(*prepared(MOVE_TOPIC, {**topic, "shard": shard}))
            await self._many(ADD_EVENT, event_rows(self.changes))
        try:
            done = await self.connection.execute(b"COMMIT")
        except psycopg.Error as error:
            raise at_commit(error, self.connection) from error
        if done.statusmessage != "COMMIT":  # what an aborted transaction answers, without an error
            raise TransactionClosed(ROLLED_BACK)

    async def savepoint(self) -> None:
        await self.execute("SAVEPOINT unit")

    async def release(self) -> None:
        await self.execute("RELEASE SAVEPOINT unit")

    async def undo_savepoint(self) -> None:
        """After a unit failed: undo it alone. Where that fails, too, the commit will."""
        with suppress(StoreError, Retry):
            await self.execute("ROLLBACK TO SAVEPOINT unit")

    async def rollback(self) -> None:
        """Leave the connection clean; a broken one is the pool's to replace."""
        if not self.connection.closed:
            try:
                await self.connection.execute("ROLLBACK")
            except psycopg.Error:
                await self.connection.close()
