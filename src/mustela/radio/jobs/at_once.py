"""Several images at once: as many as there are child processes to read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def at_once(
    number: int, items: AsyncIterator[T], work: Callable[[T], Awaitable[object]]
) -> None:
    """Have the work done of each item, at most so many at a time. The first error ends all."""
    running: set[asyncio.Task[object]] = set()
    try:
        async for item in items:
            if len(running) >= number:
                running = await _one_less(running)
            running.add(asyncio.ensure_future(_awaited(work, item)))
        while running:
            running = await _one_less(running)
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


async def _one_less(running: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    done, left = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return left


async def _awaited(work: Callable[[T], Awaitable[object]], item: T) -> object:
    return await work(item)
