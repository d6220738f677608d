"""How the server's own parts are."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from mustela.collection import Check, Finding, Services
from mustela.files.errors import DirectoryUnusable
from mustela.files.path_text import decode
from mustela.files.picture_store import PictureStore, PicturesUnreachable
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect, knows
from mustela.jobs.working import WorkingQueue
from mustela.store import AsyncRepository, Unit, one, read, write
from mustela.store.identity import DATABASE_ID
from mustela.system.aside import Aside

#: Seconds that the writer may be busy before that is said.
WRITER_SECONDS = 1.0
#: Seconds that a root may take to be listed.
ROOT_SECONDS = 1.5
#: Free bytes below which a disk is *degraded*, and *down*.
LITTLE_ROOM, NO_ROOM = 1024**3, 100 * 1024**2


class TurnOperations:
    """A turn of the reader and one of the writer. Neither changes anything, nor announces it."""

    @read
    def can_read(self) -> Unit[bool]:
        """A row is read."""
        return (yield from one(DATABASE_ID, str)) is not None

    @write
    def can_write(self) -> Unit[bool]:
        """The lock for writing is taken and given back, in a transaction without a change."""
        return (yield from one(DATABASE_ID, str)) is not None


class AsyncTurns(TurnOperations, AsyncRepository):
    """The turns, for an event loop."""


def own_checks(services: Services, aside: Aside) -> dict[str, Check]:
    """The checks of every server, by the names of the parts."""

    async def store() -> Finding:
        return await store_finding(services.repository(AsyncTurns))

    async def queue() -> Finding:
        return await queue_finding(services)

    async def disk() -> Finding:
        directories = (services.data_dir, services.picture_store.directory)
        free = await aside.call("disk", lambda: min(map(free_bytes, directories)))
        return disk_finding(free)

    async def roots() -> Finding:
        found = await services.repository(AsyncRootRepository).list_roots()
        problems = await asyncio.gather(*(_problem(root, aside) for root in found))
        return roots_finding(
            {root.name: said for root, said in zip(found, problems, strict=True) if said},
            len(found),
        )

    async def watcher() -> Finding:
        found = await services.repository(AsyncRootRepository).list_roots()
        return watcher_finding(found, enabled=services.watch.enabled)

    async def pictures() -> Finding:
        return await pictures_finding(services.picture_store, aside)

    found: dict[str, Check] = {
        "store": store,
        "queue": queue,
        "watcher": watcher,
        "disk": disk,
        "roots": roots,
    }
    return found | {"pictures": pictures} if services.picture_store.shared else found


async def store_finding(turns: AsyncTurns) -> Finding:
    """Whether the database is read and can be written."""
    await turns.can_read()
    try:
        async with asyncio.timeout(WRITER_SECONDS):
            await turns.can_write()
    except TimeoutError:
        return Finding(
            "degraded", f"it can be read, but somebody has held its writer for {WRITER_SECONDS:g} s"
        )
    return Finding("ok", "reads and writes")


async def queue_finding(services: Services) -> Finding:
    """Whether jobs are taken by this process, and by how many in all."""
    queue = services.queue
    if not isinstance(queue, WorkingQueue):
        return Finding("ok", "jobs are dispatched elsewhere")
    if not queue.at_work:
        return Finding("down", "this process takes no jobs")
    if queue.problem is not None:
        return Finding("degraded", queue.problem)
    workers = [worker for worker in await queue.live_workers() if worker.takes]
    if not queue.slots:
        return _left_to(len(workers))
    others = f"; {len(workers)} processes take jobs" if len(workers) > 1 else ""
    return Finding("ok", f"{queue.active} of {queue.slots} slots in use{others}")


def _left_to(workers: int) -> Finding:
    """Of a process that runs no jobs."""
    if not workers:
        return Finding("degraded", "nobody runs jobs: start `mustela worker`, or set concurrency")
    return Finding("ok", f"this process runs no jobs; {workers} others do")


def watcher_finding(roots: Sequence[Root], *, enabled: bool) -> Finding:
    """Whether changes below the roots are heard of, as the process that watches has noted."""
    if not enabled:
        return Finding("ok", "roots are not watched (watch_roots); scheduled scans find changes")
    deaf = [f"{root.name}: {root.watch_note}" for root in roots if root.watch_note is not None]
    if deaf:
        return Finding("degraded", "; ".join(deaf))
    return Finding("ok", f"{sum(root.watched for root in roots)} of {len(roots)} roots are watched")


def free_bytes(directory: Path) -> int:
    """Room on the disk of a directory, or of where it will be."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return shutil.disk_usage(directory).free


def disk_finding(free: int) -> Finding:
    """What so many free bytes mean for the database and the pictures."""
    room = f"{free / 1024**3:,.1f} GiB free"
    if free < NO_ROOM:
        return Finding("down", f"{room}: writes are about to fail; make room")
    if free < LITTLE_ROOM:
        return Finding("degraded", f"{room}: make room soon")
    return Finding("ok", room)


async def pictures_finding(store: PictureStore, aside: Aside) -> Finding:
    """Whether the shared directory of pictures is there."""
    try:
        async with asyncio.timeout(ROOT_SECONDS):
            await aside.call("pictures", store.check)
    except TimeoutError:
        return Finding("down", f"{store.directory} does not answer; is its server gone?")
    except PicturesUnreachable as error:
        return Finding("down", error.message)
    return Finding("ok", f"{store.directory} is there")


def roots_finding(problems: Mapping[str, str], roots: int) -> Finding:
    """What is wrong with the directories of some roots, of so many."""
    if not roots:
        return Finding("ok", "there are no roots yet")
    if not problems:
        return Finding("ok", f"{roots} of {roots} can be listed")
    said = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
    return Finding("down" if len(problems) == roots else "degraded", said)


async def _problem(root: Root, aside: Aside) -> str | None:
    """What is wrong with a root's directory, if anything."""
    path = decode(root.path)
    try:
        async with asyncio.timeout(ROOT_SECONDS):
            found = await aside.call(f"root {root.id}", lambda: inspect(path))
    except TimeoutError:
        return f"{root.path} does not answer; is its server or drive gone?"
    except DirectoryUnusable as error:
        return error.message
    if root.identity is not None and not knows(root.identity, found.identity):
        return f"another directory stands at {root.path}; is the drive mounted?"
    return None
