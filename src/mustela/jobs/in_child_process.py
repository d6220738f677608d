"""Handlers that run in a process of their own: for work that blocks, crashes, or must be ended."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from mustela.jobs.child_context import ChildContext, resolve
from mustela.jobs.child_environment import child_environment
from mustela.jobs.child_process import GRACE, how_it_ended
from mustela.jobs.child_wire import (
    Advanced,
    Message,
    Raised,
    Returned,
    Said,
    Work,
    decode_message,
    encode,
)
from mustela.jobs.context import JobContext, log_lines
from mustela.jobs.errors import ChildFailed, InvalidJob


class InChildProcess:
    """A handler that calls a function in a new process of its own, which the job's end ends.

    ``queue.register_handler("survey.image", InChildProcess("survey.imaging:make_image"))``

    The function stands at the top of a module; it is given a
    :class:`~mustela.jobs.ChildContext`, and what it returns must be JSON. The process is a fresh
    interpreter, never a fork, and has a session of its own: it gets SIGTERM when the job is
    cancelled or takes too long (which raises ``JobCancelled`` in the function), and a second
    later SIGKILL, with all that it has started. It does not outlive this process either.
    """

    def __init__(self, function: str | Callable[[ChildContext], Any]) -> None:
        self.function = function if isinstance(function, str) else _name_of(function)
        if ":" not in self.function:
            raise InvalidJob(f"{function!r} does not name a function: write package.module:name")

    async def __call__(self, context: JobContext) -> Any:
        """Run the function for an attempt. Raises ``ChildFailed``, ``ChildNotStarted``."""
        child = await context.start_child(
            sys.executable,
            "-P",  # a module that lies beside the user's files must not replace one of ours
            "-m",
            "mustela.jobs.child_main",
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=child_environment(),
        )
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise AssertionError("it was started with pipes")
        work = Work(self.function, context.id, context.type, context.attempt, context.parameters)
        child.stdin.write(encode(work))
        child.stdin.close()
        # Tasks of their own: what it says while it is made to end is heard, too.
        hearing = asyncio.ensure_future(_hear(child.stdout, context))
        printed = asyncio.ensure_future(log_lines(child.stderr, context))
        try:
            answer = await asyncio.shield(hearing)
            if answer is None:
                how = how_it_ended(await child.wait())
                answer = Raised(ChildFailed.code, f"the process of this job ended with {how}")
            else:  # nothing is to come, whatever threads there still are
                with suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), GRACE)
                child.kill()
        finally:
            await child.stop()
            await asyncio.wait([hearing, printed])
        if isinstance(answer, Raised):
            raise ChildFailed(answer.message, answer.code)
        return answer.value


async def _hear(pipe: asyncio.StreamReader, context: JobContext) -> Returned | Raised | None:
    """Pass on what the child says, up to its last word."""
    while line := await pipe.readline():
        try:
            message: Message = decode_message(line)
        except msgspec.DecodeError as error:
            if not line.endswith(b"\n"):  # it died while it said this
                return None
            raise ChildFailed(
                f"the process of this job said what means nothing: {error}"
            ) from error
        if isinstance(message, Advanced):
            context.progress(message.done, message.total, message.message)
        elif isinstance(message, Said):
            context.log(message.line, message.level)
        else:
            return message
    return None


def _name_of(function: Callable[..., Any]) -> str:
    name = f"{function.__module__}:{function.__qualname__}"
    if function.__module__ != "__main__":
        try:
            if resolve(name) is function:
                return name
        except AttributeError:
            pass
    raise InvalidJob(
        f"{name} cannot be found by another process; put the function at the top of a module"
    )
