"""Roots that are watched: changes below them are hints, which start a scan of one directory.

A hint may be wrong or be lost; scheduled scans of whole roots stay.
"""

from __future__ import annotations

import asyncio
import logging
import os.path
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import msgspec

from mustela.files.directory_product import DirectoryRule
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_watcher import RootWatcher
from mustela.jobs.leader import Leader
from mustela.jobs.queue import JobQueue
from mustela.store import AsyncStore, acting_as, new_id
from mustela.store.errors import StoreError

logger = logging.getLogger(__name__)

#: Seconds between two looks which roots there are, and whether this process leads.
LOOK_SECONDS = 1.0
#: A scan begins when nothing has changed for so long (seconds) ...
QUIET_SECONDS = 1.0
#: ... or when so long after the first change it still goes on.
LONGEST_SECONDS = 30.0
#: Seconds between two tries to watch a root that cannot be watched.
RETRY_SECONDS = 60.0
#: Seconds for which a scan that is under way is waited for at once.
_WAIT_SECONDS = 60.0

#: Submits a scan of a directory below a root as the job with an id, unless there is one of that
#: root: ``(root_id, below, id)``, the id of the job that there is.
Submit = Callable[[str, str, str], Awaitable[str]]


class _Watching(NamedTuple):
    extensions: Mapping[str, object]
    submit: Submit
    directories: DirectoryRule | None


class RootWatch:
    """Watches every root, in the process that leads.

    Collections :meth:`register` before it runs. ``interval_minutes`` is that of scheduled scans.
    """

    def __init__(
        self,
        store: AsyncStore,
        queue: JobQueue,
        leader: Leader,
        *,
        enabled: bool,
        interval_minutes: float,
        look: float = LOOK_SECONDS,
        quiet: float = QUIET_SECONDS,
    ) -> None:
        self.queue = queue
        self.quiet = quiet
        self._store = store
        self._roots = AsyncRootRepository(store)
        self._leader = leader
        self._enabled = enabled
        self._otherwise = (
            f"scanned every {interval_minutes:g} minutes"
            if interval_minutes
            else "scanned when somebody asks"
        )
        self._look_seconds = look
        self._collections: dict[str, _Watching] = {}
        self._watched: dict[Root, _WatchedRoot] = {}
        self._dropped: set[str] = set()
        self._seen: object | None = None

    @property
    def enabled(self) -> bool:
        """Whether roots are to be watched at all."""
        return self._enabled

    def register(
        self,
        collection: str,
        extensions: Mapping[str, object],
        submit: Submit,
        directories: DirectoryRule | None = None,
    ) -> None:
        """Have a collection hear of changes to files with these extensions, and to products."""
        self._collections[collection] = _Watching(extensions, submit, directories)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Roots are watched inside of this context."""
        with acting_as("watch"):
            task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            tasks = [task for watched in self._watched.values() for task in watched.stop()]
            self._watched.clear()
            if tasks:
                await asyncio.wait(tasks)

    async def _run(self) -> None:
        failing = False
        while True:
            try:
                await self._look()
            except (StoreError, OSError) as error:
                if not failing:
                    logger.warning("which roots to watch cannot be read: %s", error)
                failing = True
            else:
                failing = False
            await asyncio.sleep(self._look_seconds)

    async def _look(self) -> None:
        """Begin to watch roots that are new or different, end it for those that are gone."""
        leads = False
        try:
            leads = await self._leader.leads()
        finally:
            if not leads:
                self._drop()
        if not leads:
            return
        state = self._store.state()
        if state is not None and state == self._seen:
            return
        roots = {_essence(root): root for root in await self._roots.list_roots()}
        changed, self._dropped = self._dropped, set()
        for essence in self._watched.keys() - roots.keys():
            self._watched.pop(essence).stop()
            changed.add(essence.id)
        for essence in roots.keys() - self._watched.keys():
            collections = [
                self._collections[name] for name in essence.collections if name in self._collections
            ]
            self._watched[essence] = _WatchedRoot(
                self, essence, collections, missed=essence.id in changed
            )
            if self._enabled:
                self._watched[essence].start()
            else:
                await self.note(essence, "watching is off (watch_roots)")
        self._seen = state

    def _drop(self) -> None:
        """Another process watches from now on; this one knows no more of what happens."""
        self._dropped |= {essence.id for essence in self._watched}
        for watched in self._watched.values():
            watched.stop()
        self._watched.clear()
        self._seen = None

    async def note(self, root: Root, why_not: str | None) -> None:
        """Keep whether a root is watched, and say so where it is not."""
        note = None if why_not is None else f"{why_not}; {self._otherwise}"
        try:
            await self._roots.note_watch(root.id, why_not is None, note)
        except StoreError as error:
            logger.warning("whether %s is watched cannot be noted: %s", root.path, error)
        if note is not None and self._enabled:
            logger.warning("%s is not watched: %s", root.path, note)


def _essence(root: Root) -> Root:
    """What makes a difference to how a root is watched."""
    return msgspec.structs.replace(
        root,
        name="",
        identity=None,
        updated_at=root.created_at,
        last_scan_at=None,
        last_scan=None,
        problem=None,
        watched=False,
        watch_note=None,
    )


class _WatchedRoot:
    """One root, and what has changed below it since its last scan."""

    def __init__(
        self, watch: RootWatch, root: Root, collections: list[_Watching], *, missed: bool
    ) -> None:
        self._watch = watch
        self._root = root
        self._collections = collections
        self._below: str | None = None
        self._first = 0.0
        self._last = 0.0
        self._news = asyncio.Event()
        self._watcher: RootWatcher | None = None
        self._reason: str | None = None
        self._missed = missed  #: whether something may have changed that was not heard of
        self._stopped = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        if self._collections:
            self._spawn(self._scan())
            self._begin()

    def stop(self) -> list[asyncio.Task[None]]:
        """Watch no more; the tasks that end now."""
        self._stopped = True
        if self._watcher is not None:
            self._watcher.stop()
        for task in self._tasks:
            task.cancel()
        return list(self._tasks)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin(self) -> None:
        extensions = {
            name: kind for one in self._collections for name, kind in one.extensions.items()
        }
        self._watcher = RootWatcher(
            self._root,
            extensions,
            [one.directories for one in self._collections if one.directories is not None],
            changed=self._hear,
            watching=self._begun,
            ended=self._ended,
        )
        self._watcher.start()

    def _begun(self) -> None:
        if self._stopped:
            return
        self._reason = None
        self._spawn(self._watch.note(self._root, None))
        if self._missed:  # nobody knows what has changed meanwhile
            self._missed = False
            self._hear("")

    def _ended(self, reason: str) -> None:
        if self._stopped:
            return
        if reason != self._reason:
            self._reason = reason
            self._spawn(self._watch.note(self._root, reason))
        self._missed = True
        self._spawn(self._try_again())

    async def _try_again(self) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        self._begin()

    def _hear(self, directory: str) -> None:
        """What has changed is in this directory; of several, one that holds them all is kept."""
        if self._stopped:
            return
        now = self._loop.time()
        if self._below is None:
            self._below, self._first = directory, now
        else:
            self._below = common_directory(self._below, directory)
        self._last = now
        self._news.set()

    async def _scan(self) -> None:
        while True:
            await self._news.wait()
            await self._settle()
            below, self._below = self._below or "", None
            self._news.clear()
            for collection in self._collections:
                await self._submit(collection.submit, below)

    async def _settle(self) -> None:
        """A storm of changes is one."""
        while True:
            due = min(self._last + self._watch.quiet, self._first + LONGEST_SECONDS)
            left = due - self._loop.time()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def _submit(self, submit: Submit, below: str) -> None:
        """A scan that is under way already may be past the directory: then another one follows."""
        while True:
            id = new_id()
            try:
                under_way = await submit(self._root.id, below, id)
                if under_way == id:
                    return
                await self._watch.queue.wait(under_way, _WAIT_SECONDS)
            except StoreError as error:
                logger.warning("changes below %s have to wait: %s", self._root.path, error)
                await asyncio.sleep(_WAIT_SECONDS)


def common_directory(one: str, other: str) -> str:
    """The directory that holds both; each ends in a slash, or is empty for the root."""
    if not one or not other:
        return ""
    with suppress(ValueError):
        common = os.path.commonpath((one, other))
        return f"{common}/" if common else ""
    return ""
