"""One child process, seen from its parent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from mustela.files.child_wire import (
    LENGTH_BYTES,
    Answer,
    Ready,
    Request,
    Revoke,
    Revoked,
    body_length,
    decode_from_child,
    frame,
)
from mustela.files.failure import ChildUnusable, Failure
from mustela.jobs.child_environment import child_environment

#: Requests that a child has in its pipe, so that it never waits for the next one.
_AHEAD = 8
#: A request that runs for longer than this, in seconds, gives those behind it to other children.
_SLOW = 0.1
#: What a request that nobody awaits any more may still run before its child is killed, in seconds.
_ABANDONED = 0.5
#: From SIGTERM to SIGKILL, in seconds.
_GRACE = 1.0
_STARTUP = 60.0
_LAST_WORDS = 4096
#: Children work side by side, so that none of them may take all processors for its arrays.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

_logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Task:
    """A request and who awaits it. ``attempts`` counts the children that it may have crashed."""

    request: Request
    time_limit: float
    answer: asyncio.Future[Failure | msgspec.Raw]
    attempts: int = 0


class Owner(Protocol):
    """What a child tells of itself."""

    def child_changed(self, child: Child) -> None:
        """It may have room for requests now."""

    def give_back(self, tasks: list[Task]) -> None:
        """These have not begun, and are to run elsewhere, before all that wait."""


@dataclass(eq=False, slots=True)
class Child:
    """A process, and the requests in its pipe in the order in which it will run them.

    The first one is running: what kills the child or takes too long is that one.
    """

    owner: Owner
    recycle_after: int
    memory_limit: int
    niceness: int
    ready: bool = False
    was_ready: bool = False
    retiring: bool = False
    tasks: dict[int, Task] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = None
    _served: int = 0
    _slow: bool = False
    _verdict: Failure | None = None  # why we killed it, where we did
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)
    _killing: asyncio.TimerHandle | None = None
    _last_words: bytes = b""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def room(self) -> int:
        """How many more requests it takes now."""
        if not self.ready or self.retiring or (self._slow and self.tasks):
            return 0
        return min(_AHEAD, self.recycle_after - self._served) - len(self.tasks)

    async def live(self) -> None:
        """From its start to its end. ``ChildUnusable`` where it never gets ready."""
        try:
            process = self._process = await self._start()
        except OSError as error:
            raise ChildUnusable(f"cannot start a process to examine files: {error}") from error
        assert process.stdout is not None
        assert process.stderr is not None
        listening = asyncio.ensure_future(self._keep_last_words(process.stderr))
        starting = asyncio.get_running_loop().call_later(_STARTUP, self.kill)
        try:
            if self.retiring:  # closed meanwhile
                self.kill()
            await self._read(process.stdout, starting)
        finally:
            starting.cancel()
            self.ready = False
            self.retiring = True
            self._clear_timers()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GRACE)
            self._signal_group(signal.SIGKILL)  # it, or what it may have started itself
            await process.wait()
            if self._killing is not None:
                self._killing.cancel()
            await listening

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a module that lies beside the user's files must not replace one of ours
            "-m",
            "mustela.files.child_main",
            str(os.getpid()),
            str(self.niceness),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**_ONE_THREAD, **child_environment()},
            start_new_session=True,
        )

    async def _read(self, pipe: asyncio.StreamReader, starting: asyncio.TimerHandle) -> None:
        ends = (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError)
        with contextlib.suppress(*ends):
            while True:
                length = body_length(await pipe.readexactly(LENGTH_BYTES))
                message = decode_from_child(await pipe.readexactly(length))
                if isinstance(message, Ready):
                    starting.cancel()
                    self.ready = self.was_ready = True
                else:
                    self._heard(message)
                self.owner.child_changed(self)

    async def _keep_last_words(self, pipe: asyncio.StreamReader) -> None:
        while words := await pipe.read(_LAST_WORDS):
            self._last_words = (self._last_words + words)[-_LAST_WORDS:]

    def send(self, task: Task) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self.tasks[task.request.number] = task
        self._process.stdin.write(frame(task.request))
        if len(self.tasks) == 1:
            self._watch(task)

    def _heard(self, message: Answer | Revoked | Any) -> None:
        task = self.tasks.pop(message.number)
        if isinstance(message, Revoked):
            self.owner.give_back([task])
            return
        self._slow = False
        self._served += 1
        if self._served == self.recycle_after:
            self.retiring = True
        if isinstance(message, Answer):
            if message.resident > self.memory_limit:
                self.retiring = True
            _resolve(task, message.failure or message.value)
        elif not task.answer.done():
            task.answer.set_exception(ChildUnusable(message.message))
        self._watch(next(iter(self.tasks.values()), None))
        if self.retiring and not self.tasks:
            self.finish()

    def _watch(self, task: Task | None) -> None:
        """``task`` runs from now on."""
        self._clear_timers()
        if task is None:
            return
        if task.answer.done():  # nobody awaits it, but it could not be taken back any more
            self._call_later(_ABANDONED, self.kill)
            return
        self._call_later(min(_SLOW, task.time_limit), self._is_slow)
        self._call_later(task.time_limit, lambda: self._out_of_time(task))

    def _call_later(self, seconds: float, call: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, call))

    def _clear_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _is_slow(self) -> None:
        """The others need not wait behind it: they are taken back, and run where there is room."""
        self._slow = True
        for number in list(self.tasks)[1:]:
            self._revoke(number)

    def _revoke(self, number: int) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(frame(Revoke(number)))

    def _out_of_time(self, task: Task) -> None:
        limit = f"{task.time_limit:g} seconds"
        self._verdict = Failure("time_limit", f"examining the file took longer than {limit}")
        self.kill()

    def abandon(self, task: Task) -> None:
        """Nobody awaits it any more. The requests beside it must not suffer for that."""
        if next(iter(self.tasks.values())) is task:
            self._watch(task)
        else:
            self._revoke(task.request.number)

    def finish(self) -> None:
        """Close its pipe, which ends it in its own time."""
        self.retiring = True
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """SIGTERM to its group, and SIGKILL where that does not end it."""
        self.retiring = True
        if self._process is not None and self._killing is None:
            self._signal_group(signal.SIGTERM)
            self._killing = asyncio.get_running_loop().call_later(
                _GRACE, self._signal_group, signal.SIGKILL
            )

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def settle(self) -> None:
        """It has ended: the request that ran answers for it, those behind it run elsewhere."""
        tasks = list(self.tasks.values())
        self.tasks.clear()
        if tasks and self._verdict is not None:
            _resolve(tasks.pop(0), self._verdict)
        elif tasks and not tasks[0].answer.done() and self._killing is None:
            # Once more in a fresh process: what an earlier file broke may have shown only now.
            tasks[0].attempts += 1
            if tasks[0].attempts == 2:
                _resolve(tasks.pop(0), Failure("crashed", self._how_it_ended()))
        self.owner.give_back(tasks)

    def _how_it_ended(self) -> str:
        assert self._process is not None
        code = self._process.returncode or 0
        how = f"{signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        _logger.debug("a child process ended (%s): %s", how, self.last_words)
        return f"the process that examined the file ended with {how}"

    @property
    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        return self._last_words.decode("utf-8", "replace").strip()


def _resolve(task: Task, answer: Failure | msgspec.Raw) -> None:
    if not task.answer.done():
        task.answer.set_result(answer)
