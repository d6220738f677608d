"""A walk over a directory tree, in a process of its own, as a stream of batches."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from mustela.files.errors import ScanFailed
from mustela.files.walk_wire import LENGTH, WalkBatch, WalkOrder
from mustela.jobs.child_environment import child_environment

#: Seconds between SIGTERM and SIGKILL.
GRACE_SECONDS = 0.5
_decode = msgspec.msgpack.Decoder(WalkBatch).decode


async def walk(order: WalkOrder) -> AsyncGenerator[WalkBatch, None]:
    """The batches of a walk, each as soon as it is there; close it to stop the process.

    Use ``contextlib.aclosing``. The process waits where batches are not taken, so a slow reader
    costs no memory. ``ScanFailed`` where it dies.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # a module that lies beside the user's files must not replace one of ours
        "-m",
        "mustela.files.walk_main",
        stdin=PIPE,
        stdout=PIPE,
        env=child_environment(),
        start_new_session=True,  # Ctrl-C in a terminal is for the parent to handle
    )
    try:
        async with aclosing(_batches(process, order)) as batches:
            async for batch in batches:
                yield batch
    finally:
        await _end(process)


async def _batches(process: Process, order: WalkOrder) -> AsyncGenerator[WalkBatch, None]:
    assert process.stdin is not None
    assert process.stdout is not None
    body = msgspec.msgpack.encode(order)
    try:
        process.stdin.write(LENGTH.pack(len(body)) + body)
        await process.stdin.drain()
        while True:
            (size,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
            batch = _decode(await process.stdout.readexactly(size))
            yield batch
            if batch.last:
                return
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise ScanFailed("the process that walks the directory ended early; scan again") from error


async def _end(process: Process) -> None:
    """Have the process gone. After a whole walk it ends by itself."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    # Closes the pipe that has not been read to its end.
    process._transport.close()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
