"""Child processes that examine files, because a broken file may crash or hang whoever reads it.

``Children`` is for the event loop that opened it, in the server, a worker or a command::

    async with Children(size=2) as children:
        outcome = await children.run("package.module:examine", path, result=Details)
        if isinstance(outcome, Failure):
            ...

Children are new processes of a fresh interpreter, never forks, each in a session of its own, with
low priority, and they die with their parent. They are started when there is work, and replaced
after ``recycle_after`` requests, when their memory has grown beyond ``memory_limit``, and when a
file kills them. Requests travel ahead in a child's pipe, so that it never waits for the next one;
when one takes long, those behind it are taken back and run where there is room.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import msgspec

from mustela.files.child import Child, Task
from mustela.files.child_wire import Request
from mustela.files.failure import ChildrenClosed, ChildUnusable, Failure

__all__ = ["ChildUnusable", "Children", "ChildrenClosed", "Failure"]

T = TypeVar("T")


class Children:
    """At most ``size`` processes at work; ``time_limit`` is in seconds for each request."""

    def __init__(
        self,
        size: int = 2,
        *,
        time_limit: float = 30.0,
        recycle_after: int = 1000,
        memory_limit: int = 512 * 1024 * 1024,
        niceness: int = 10,
    ) -> None:
        self._size = size
        self._time_limit = time_limit
        self._recycle_after = recycle_after
        self._memory_limit = memory_limit
        self._niceness = niceness
        self._waiting: deque[Task] = deque()
        self._lives: dict[Child, asyncio.Task[None]] = {}
        self._numbers = itertools.count()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End all children; who still awaits an answer gets ``ChildrenClosed``."""
        self._closed = True
        for child in self._lives:
            child.kill()
        if self._lives:
            await asyncio.wait(list(self._lives.values()))

    @overload
    async def run(
        self, function: str, /, *arguments: object, time_limit: float | None = None
    ) -> Any: ...
    @overload
    async def run(
        self,
        function: str,
        /,
        *arguments: object,
        result: type[T],
        time_limit: float | None = None,
    ) -> T | Failure: ...
    async def run(
        self,
        function: str,
        /,
        *arguments: object,
        result: Any = Any,
        time_limit: float | None = None,
    ) -> Any:
        """Call ``function`` (``"package.module:name"``) in a child: its result, or a ``Failure``.

        Arguments and result travel as msgpack; ``result`` is the type to read the result as. A
        request that kills its child is tried a second time before it is a ``Failure``.
        ``ChildUnusable`` where no child can be started or the function cannot be imported: no
        file's fault. Cancelled: other requests go on undisturbed.
        """
        if self._closed:
            raise ChildrenClosed
        task = Task(
            Request(next(self._numbers), function, arguments),
            self._time_limit if time_limit is None else time_limit,
            asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(task)
        self._dispatch()
        try:
            answer = await task.answer
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if isinstance(answer, Failure):
            return answer
        return msgspec.msgpack.decode(answer, type=result)

    @property
    def size(self) -> int:
        """How many processes may be at work."""
        return self._size

    @property
    def pids(self) -> list[int]:
        """The processes that take requests now."""
        return [child.pid for child in self._lives if child.ready]

    def _abandon(self, task: Task) -> None:
        if task in self._waiting:
            self._waiting.remove(task)
        for child in self._lives:
            if task.request.number in child.tasks:
                child.abandon(task)

    def _dispatch(self) -> None:
        """Hand out what waits: to idle children, then to new ones, then into the pipes."""
        while self._waiting and not self._closed:
            free = [child for child in self._lives if child.room > 0]
            child = min(free, key=lambda child: len(child.tasks), default=None)
            if child is None or child.tasks:
                self._start_children()
            if child is None:
                return
            child.send(self._waiting.popleft())

    def _start_children(self) -> None:
        working = [child for child in self._lives if not child.retiring]
        starting = sum(not child.ready for child in working)
        for _ in range(min(self._size - len(working), len(self._waiting) - starting)):
            child = Child(self, self._recycle_after, self._memory_limit, self._niceness)
            self._lives[child] = asyncio.ensure_future(self._live(child))

    async def _live(self, child: Child) -> None:
        unusable: ChildUnusable | None = None
        try:
            await child.live()
        except ChildUnusable as error:
            unusable = error
        del self._lives[child]
        child.settle()
        if unusable is None and not child.was_ready:
            unusable = ChildUnusable(
                f"the process that examines files does not start: {child.last_words}"
            )
        if self._closed:
            self._fail_waiting(ChildrenClosed())
        elif unusable is not None:
            self._fail_waiting(unusable)
        self._dispatch()

    def _fail_waiting(self, error: ChildUnusable | ChildrenClosed) -> None:
        while self._waiting:
            task = self._waiting.popleft()
            if not task.answer.done():
                task.answer.set_exception(error)

    def child_changed(self, child: Child) -> None:
        self._dispatch()

    def give_back(self, tasks: list[Task]) -> None:
        self._waiting.extendleft(task for task in reversed(tasks) if not task.answer.done())
        self._dispatch()
