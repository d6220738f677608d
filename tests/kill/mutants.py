"""Servers that break a promise for real: the kill suite has to find each of them out.

The nursery makes the change that ``MUSTELA_TEST_MUTANT`` names before it starts a server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mustela.jobs import embedded, file_presence
from mustela.jobs.registry import Registration, Registry
from mustela.video.repository import AsyncVideoRepository, VideoOperations

MUTANT = "MUSTELA_TEST_MUTANT"


def everything_is_repeated() -> None:
    """A job that was cut off is begun again, although it may not be."""
    add = Registry.add

    def add_repeatable(self: Registry, registration: Registration) -> None:
        add(self, replace(registration, repeatable=True))

    setattr(Registry, "add", add_repeatable)  # noqa: B010  # mypy allows no assignment


def the_dead_are_left_alone() -> None:
    """What a dead process ran stays running."""

    async def settle_nobody(*_: Any) -> list[Any]:
        return []

    setattr(file_presence.FilePresence, "settle_dead", settle_nobody)  # noqa: B010


def the_living_are_taken_for_dead() -> None:
    """What another process runs is taken away from it."""
    setattr(file_presence, "is_alive", lambda *_: False)  # noqa: B010
    setattr(embedded, "RECOVER_SECONDS", 0.01)  # noqa: B010


def writes_are_only_promised() -> None:
    """An edit is acknowledged first, and written a little later."""
    operation: Any = VideoOperations.update
    later: set[asyncio.Task[Any]] = set()

    async def update(self: AsyncVideoRepository, /, id: str, **fields: Any) -> Any:
        async def write() -> None:
            await asyncio.sleep(0.1)
            await operation.__get__(self, AsyncVideoRepository)(id, **fields)

        task = asyncio.create_task(write())
        later.add(task)
        task.add_done_callback(later.discard)
        video = await self.get(id)
        assert video is not None
        return video.replace(**fields)

    setattr(AsyncVideoRepository, "update", update)  # noqa: B010


#: Each with the kind of violation that it comes to, and how many servers it takes.
MUTANTS: dict[str, tuple[Callable[[], None], str, int]] = {
    "everything is repeated": (everything_is_repeated, "ran_twice", 1),
    "the dead are left alone": (the_dead_are_left_alone, "job_lost", 1),
    "the living are taken for dead": (the_living_are_taken_for_dead, "ran_twice_at_once", 2),
    "writes are only promised": (writes_are_only_promised, "write_lost", 1),
}
