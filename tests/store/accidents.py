"""Units that meet with accidents on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    count,
    heavy_read,
    one,
    read,
    write,
)
from tests.store.toys import Toy, ToyOperations

_KILL = Statement(text("SELECT pg_terminate_backend(pg_backend_pid())"))
_DIVIDE = Statement(text("SELECT 1 / (random() * 0)::integer"))
_SLEEP = Statement(text("SELECT pg_sleep(3600)"))
_BACKEND = Statement(text("SELECT pg_backend_pid()"))
_FORGET_COMMIT = Statement(
    text(
        "DO $$ DECLARE one text; BEGIN FOR one IN SELECT name FROM pg_prepared_statements "
        "WHERE statement = 'COMMIT' LOOP EXECUTE 'DEALLOCATE ' || one; END LOOP; END $$"
    )
)


class AccidentOperations(ToyOperations):
    """Toys, and calls that lose their connection ``times`` times before they end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attempts = 0

    def _perhaps_lost(self, times: int) -> Unit[None]:
        self.attempts += 1
        if self.attempts <= times:
            yield from one(_KILL, bool)

    @write
    def add_though_lost(self, toy: Toy, times: int) -> Unit[Toy]:
        yield from self.add.unit(toy)
        yield from self._perhaps_lost(times)
        return toy

    @read
    def get_though_lost(self, id: str, times: int) -> Unit[Toy | None]:
        yield from self._perhaps_lost(times)
        return (yield from self.get.unit(id))

    @read
    def divide(self) -> Unit[int | None]:
        return (yield from one(_DIVIDE, int))

    @read
    def sleep(self) -> Unit[str | None]:
        return (yield from one(_SLEEP, str))

    @heavy_read
    def sleep_heavily(self) -> Unit[str | None]:
        return (yield from one(_SLEEP, str))

    @write
    def add_and_sleep(self, toy: Toy) -> Unit[None]:
        yield from self.add.unit(toy)
        yield from one(_SLEEP, str)

    @read
    def get_twice(self, first: str, then: str) -> Unit[Toy | None]:
        yield from self.get.unit(first)
        return (yield from self.get.unit(then))

    @heavy_read
    def get_alone(self, id: str) -> Unit[Toy | None]:
        return (yield from self.get.unit(id))

    @read
    def forget_commit(self) -> Unit[None]:
        yield from count(_FORGET_COMMIT)

    @read
    def backend(self) -> Unit[int]:
        return (yield from one(_BACKEND, int)) or 0


class Accidents(AccidentOperations, SyncRepository): ...


class AsyncAccidents(AccidentOperations, AsyncRepository): ...
