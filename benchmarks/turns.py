"""What runs in a contender's process: an operation, by many tasks, for a while."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

Operation = Callable[[], Awaitable[object]]


async def serve(operations: Mapping[str, Operation]) -> None:
    """Answer the coordinator on standard input and output until it hangs up."""
    answer({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        request = msgspec.json.decode(line)
        operation = operations[request["operation"]]
        if request["seconds"]:
            answer(await run(operation, request["seconds"], request["tasks"]))
        else:
            await operation()
            answer({})


def answer(measured: dict[str, Any]) -> None:
    """One line for the coordinator."""
    sys.stdout.buffer.write(msgspec.json.encode(measured) + b"\n")
    sys.stdout.buffer.flush()


async def run(operation: Operation, seconds: float, tasks: int) -> dict[str, Any]:
    """How many a second, how long one took (ms), and its processor time (µs)."""
    clock = time.perf_counter
    taken: list[float] = []
    add = taken.append

    async def task() -> None:
        now = clock()
        while now < end:
            await operation()
            before, now = now, clock()
            add(now - before)

    start, used = clock(), time.process_time()
    end = start + seconds
    await asyncio.gather(*(task() for _ in range(tasks)))
    took, used = clock() - start, time.process_time() - used
    taken.sort()
    return {
        "rate": len(taken) / took,
        "cpu_us": used / len(taken) * 1e6,
        "p50": percentile(taken, 0.5) * 1000,
        "p99": percentile(taken, 0.99) * 1000,
    }


def percentile(ordered: list[float], part: float) -> float:
    """The value below which that part of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
