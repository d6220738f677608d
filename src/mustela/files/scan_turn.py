"""One scan at a time of what two may be asked for: over all processes, on whichever machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql

from mustela.files.holder import Holder, is_held
from mustela.files.schema import scan_turns
from mustela.store import (
    AsyncRepository,
    AsyncStore,
    Statement,
    SyncRepository,
    Unit,
    count,
    write,
)
from mustela.store.errors import StoreError

#: Seconds between two tries.
RETRY_SECONDS = 0.25

_t = scan_turns.c
_NAME = Statement(
    postgresql.insert(scan_turns)  # this much of its grammar is SQLite's, too
    .values(name=bindparam("name"))
    .on_conflict_do_nothing()
)
_TAKE = Statement(
    update(scan_turns)
    .where(_t.name == bindparam("turn"), ~is_held(scan_turns))
    .values(job_id=bindparam("holder"), claim_id=bindparam("claim"))
)
_LEAVE = Statement(
    update(scan_turns)
    .where(
        _t.name == bindparam("turn"),
        _t.job_id == bindparam("holder"),
        _t.claim_id == bindparam("claim"),
    )
    .values(job_id=None, claim_id=None)
)


class ScanTurnOperations:
    """Turns by their names."""

    @write
    def take(self, name: str, holder: Holder) -> Unit[bool]:
        """Whether it is the holder's turn now."""
        yield from count(_NAME, name=name)
        taken = yield from count(_TAKE, turn=name, holder=holder.job_id, claim=holder.claim_id)
        return taken == 1

    @write
    def leave(self, name: str, holder: Holder) -> Unit[None]:
        """The next may have it."""
        yield from count(_LEAVE, turn=name, holder=holder.job_id, claim=holder.claim_id)


class ScanTurnRepository(ScanTurnOperations, SyncRepository):
    """Turns, for code that waits."""


class AsyncScanTurnRepository(ScanTurnOperations, AsyncRepository):
    """Turns, for an event loop."""


@asynccontextmanager
async def in_turn(
    store: AsyncStore, name: str, holder: Holder, waits: Callable[[], object]
) -> AsyncIterator[None]:
    """Have the turn of this name; ``waits`` is called while somebody else has it."""
    turns = AsyncScanTurnRepository(store)
    while not await turns.take(name, holder):
        waits()
        await asyncio.sleep(RETRY_SECONDS)
    try:
        yield
    finally:
        with suppress(StoreError):  # it ends with the job at the latest
            await turns.leave(name, holder)
