"""What our repository asks of the database, for a peer's driver to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from sqlalchemy.engine.interfaces import Dialect

from mustela.store import Statement
from mustela.store.listing import Sort
from mustela.store.operation import Call, Operation
from mustela.store.postgres import steps as postgres
from mustela.store.sqlite.dialect import DIALECT
from mustela.store.topics import ADD_EVENT, MOVE_TOPIC, Change, event_rows, summed
from mustela.store.unit import Changed, Count, Current, Many, Query, Step
from mustela.video.listing import LISTING
from mustela.video.repository import VideoOperations

OPERATIONS = VideoOperations()


def filled(
    statement: Statement, parameters: Mapping[str, Any], dialect: Dialect = DIALECT
) -> tuple[str, dict[str, Any]]:
    """The SQL with named parameters, and their values, its constants among them."""
    sql, literals = statement.compiled(dialect)
    return sql, {**literals, **parameters}


def text_of(statement: Statement) -> str:
    """The SQL of SQLite, which holds its constants."""
    sql, literals = statement.compiled(DIALECT)
    assert not literals
    return sql


def query_of(
    operation: str, *arguments: Any, dialect: Dialect = DIALECT
) -> tuple[str, dict[str, Any]]:
    """The one statement of a reading operation, and its parameters."""
    step = next(getattr(OPERATIONS, operation).unit(*arguments))
    assert isinstance(step, Query)
    return filled(step.statement, step.parameters, dialect)


def list_query(limit: int, dialect: Dialect = DIALECT) -> tuple[str, dict[str, Any]]:
    """The newest videos in one statement: of what a store keeps a driver knows nothing."""
    statement = LISTING.page((), None, Sort("created_at", descending=True), None)
    return filled(statement, {"limit": limit, "offset": 0}, dialect)


class UnitOnConnection:
    """One writing unit, statement by statement, on a connection that can ``execute``.

    What a repository written for that driver would do in its place: the same statements in the
    same order, an audit row, an event and the topic's token included.
    """

    dialect: ClassVar[Dialect] = DIALECT

    def __init__(self, operation: str, *arguments: Any) -> None:
        found = cast("Operation[Any, Any]", vars(VideoOperations)[operation])
        self._call: Call[Any] = Call(found, OPERATIONS, arguments, {})

    async def run(self, database: Any) -> Any:
        """Everything but the commit; answers what the unit does."""
        unit = self._call.start()
        changes: list[Change] = []
        context = self._call.context
        result: Any = None
        try:
            while True:
                step = unit.send(result)
                if isinstance(step, Changed):
                    changes.append(
                        Change(step.topic, step.key, step.delta, context.change_id, context.now)
                    )
                    result = None
                else:
                    result = await self._step(step, database)
        except StopIteration as stop:
            await self._announce(changes, database)
            return stop.value

    async def _announce(self, changes: list[Change], database: Any) -> None:
        for topic in summed(changes):
            await database.execute(text_of(MOVE_TOPIC), topic)
        for event in event_rows(changes):
            await database.execute(text_of(ADD_EVENT), event)

    async def _step(self, step: Step[Any], database: Any) -> Any:
        if isinstance(step, Current):
            return self._call.context
        if isinstance(step, Many):
            return await self._many(step, database)
        assert isinstance(step, Query | Count)
        cursor = await database.execute(*filled(step.statement, step.parameters, self.dialect))
        return await cursor.fetchall() if isinstance(step, Query) else cursor.rowcount

    async def _many(self, step: Many, database: Any) -> Any:
        return await database.executemany(text_of(step.statement), step.rows)


class UnitOnPostgres(UnitOnConnection):
    """The same on a connection of psycopg: a row of the topic's for each transaction."""

    dialect = postgres.DIALECT

    async def _announce(self, changes: list[Change], database: Any) -> None:
        for topic in summed(changes):
            values = {**topic, "shard": postgres.new_shard()}
            await database.execute(*filled(postgres.MOVE_TOPIC, values, self.dialect))
        for event in event_rows(changes):
            await database.execute(*filled(ADD_EVENT, event, self.dialect))

    async def _many(self, step: Many, database: Any) -> Any:
        for row in step.rows:
            await database.execute(*filled(step.statement, row, self.dialect))
