"""Long work on a repository, written once: a generator of calls and computations.

Each call is a unit of its own, so that others write in between; what is computed is computed
outside of them, and beside an event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")


class Call(NamedTuple):
    """An operation of the repository, by name."""

    operation: str
    arguments: tuple[Any, ...]


class Computation(NamedTuple):
    """A function that takes long and knows nothing of the database."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


Procedure: TypeAlias = Generator[Call | Computation, Any, T]


def call(operation: str, *arguments: Any) -> Call:
    return Call(operation, arguments)


def compute(function: Callable[..., Any], *arguments: Any) -> Computation:
    return Computation(function, arguments)


def run(procedure: Procedure[T], repository: Any) -> T:
    """To its end, in code that waits."""
    answer: Any = None
    try:
        while True:
            step = procedure.send(answer)
            if isinstance(step, Call):
                answer = getattr(repository, step.operation)(*step.arguments)
            else:
                answer = step.function(*step.arguments)
    except StopIteration as end:
        result: T = end.value
        return result


async def run_async(procedure: Procedure[T], repository: Any) -> T:
    """To its end, in an event loop; computations run in a thread."""
    answer: Any = None
    while True:
        try:
            step = procedure.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        if isinstance(step, Call):
            answer = await getattr(repository, step.operation)(*step.arguments)
        else:
            answer = await asyncio.to_thread(step.function, *step.arguments)
