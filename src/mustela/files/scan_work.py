"""Going through a scan's entries in pages, with a bounded amount of work under way."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeAlias, TypeVar

from mustela.files.scan_entries import Entry
from mustela.files.scan_run import UNIT_ROWS, ScanRun

#: Requests on their way to the children, so that these never wait for a write.
AHEAD = 64

T = TypeVar("T")
Read: TypeAlias = Callable[[str, str, int, int], Awaitable[list[Entry]]]


async def pages(run: ScanRun, read: Read) -> AsyncGenerator[list[Entry], None]:
    """Pages of entries, in order. Each is read when it is wanted: entries may go meanwhile."""
    after = 0
    while page := await read(*run.scope, after, UNIT_ROWS):
        yield page
        after = page[-1].seq


async def worked(
    run: ScanRun,
    read: Read,
    choose: Callable[[list[Entry]], Awaitable[list[Entry]]],
    work: Callable[[Entry], Coroutine[Any, Any, T]],
) -> AsyncGenerator[tuple[Entry, T], None]:
    """The entries that are chosen of each page, in order, with what ``work`` says of them."""
    waiting: deque[tuple[Entry, Future[T]]] = deque()
    try:
        async with aclosing(pages(run, read)) as all_pages:
            async for page in all_pages:
                for entry in await choose(page):
                    waiting.append((entry, asyncio.ensure_future(work(entry))))
                    if len(waiting) >= AHEAD:
                        first, future = waiting.popleft()
                        yield first, await future
        while waiting:
            first, future = waiting.popleft()
            yield first, await future
    finally:
        for _, future in waiting:
            future.cancel()
        await asyncio.gather(*(future for _, future in waiting), return_exceptions=True)
