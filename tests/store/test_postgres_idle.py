"""A process that is stopped in the middle of a transaction holds up the others for seconds only."""

from __future__ import annotations

from sqlalchemy import func, select

from mustela.store import (
    AsyncRepository,
    AsyncStore,
    Statement,
    Store,
    SyncRepository,
    Unit,
    one,
    read,
)
from mustela.store.postgres.steps import IDLE_LIMIT

_LIMIT = Statement(select(func.current_setting("idle_in_transaction_session_timeout")))


class Operations:
    @read
    def limit(self) -> Unit[str | None]:
        return (yield from one(_LIMIT, str))


class Sync(Operations, SyncRepository):
    """For a thread."""


class Async(Operations, AsyncRepository):
    """For the event loop."""


async def test_the_server_ends_a_transaction_of_which_nothing_is_heard(postgres_url: str) -> None:
    with Store.open(postgres_url) as store:
        assert Sync(store).limit() == f"{IDLE_LIMIT}s"
    async with AsyncStore.open(postgres_url) as async_store:
        assert await Async(async_store).limit() == f"{IDLE_LIMIT}s"
