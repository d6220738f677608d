"""A scan as a job: what a queue runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from mustela.files import path_text
from mustela.files.children import Children
from mustela.files.errors import ScanRefused
from mustela.files.holder import Holder
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.scan import SETTLE_SECONDS, scan
from mustela.files.scan_elsewhere import Elsewhere
from mustela.files.scan_record import ScanOptions, ScanResult
from mustela.files.scan_share import Sharing
from mustela.files.scan_target import ScanTarget
from mustela.files.scan_turn import in_turn
from mustela.jobs.context import JobContext
from mustela.store import AsyncStore


class ScanParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """The parameters of a scan job: a root by its id, or by its path (path text).

    The rest is as in :class:`~mustela.files.scan_record.ScanOptions`.
    """

    root_id: str | None = None
    path: str | None = None
    recursive: bool | None = None
    exclude: tuple[str, ...] = ()
    retry_failed: bool = False
    trust_root: bool = False
    below: str = ""


def scan_key(collection: str, root_id: str) -> str:
    """The uniqueness key of a scan job, so that a root is scanned once at a time."""
    return f"{collection}.scan:{root_id}"


def narrow_key(collection: str, root_id: str) -> str:
    """The same for scans of one directory: who asks for the whole root is not given one of them."""
    return f"{scan_key(collection, root_id)}:narrow"


def make_scan_handler(
    store: AsyncStore,
    children: Children,
    target: ScanTarget,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    sharing: Sharing | None = None,
) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """The handler of a collection's scan jobs; it answers a ``ScanResult`` as a dictionary.

    Register it without a time limit, with a limit on standing still, and as repeatable: a scan
    that was cut off goes on where it stopped. Submit its jobs with :func:`scan_key`, those of one
    directory with :func:`narrow_key`. With ``sharing`` the processes that share the database see
    to it that no two scans of a root run at once, and help each other, where
    :func:`~mustela.files.scan_part.make_part_handler` is registered for the parts.
    """

    elsewhere = None if sharing is None else Elsewhere(sharing.queue)

    async def scan_now(job: JobContext, parameters: ScanParameters, root: Root) -> ScanResult:
        return await scan(
            store,
            children,
            target,
            root.id,
            ScanOptions(
                recursive=parameters.recursive,
                exclude=parameters.exclude,
                retry_failed=parameters.retry_failed,
                trust_root=parameters.trust_root,
                below=parameters.below,
            ),
            job_id=job.id,
            report=job.progress,
            settle_seconds=settle_seconds,
            share=None if sharing is None else (sharing, job),
        )

    async def one_at_a_time(job: JobContext, parameters: ScanParameters, root: Root) -> ScanResult:
        if sharing is None:
            return await scan_now(job, parameters, root)
        waits = partial(job.progress, None, None, "waiting for another scan of this folder")
        turn = scan_key(target.collection, root.id)
        async with in_turn(store, turn, Holder.of(job.job), waits):
            return await scan_now(job, parameters, root)

    async def scan_root(job: JobContext) -> dict[str, Any]:
        try:
            parameters = msgspec.convert(job.parameters, ScanParameters)
        except msgspec.ValidationError as error:
            raise ScanRefused(f"the parameters of the scan are wrong: {error}") from error
        path_text.decode(parameters.below)
        root = await _root(AsyncRootRepository(store), parameters)
        result = await one_at_a_time(job, parameters, root)
        if elsewhere is not None:
            await elsewhere.offer(job, root.path, result)
        if result.problem is not None:
            job.log(result.problem, "warning")
        answer: dict[str, Any] = msgspec.to_builtins(result)
        return {"root_id": root.id, **answer}

    return scan_root


async def _root(roots: AsyncRootRepository, parameters: ScanParameters) -> Root:
    found: Root | None = None
    if parameters.root_id is not None:
        found = await roots.get(parameters.root_id)
    elif parameters.path is not None:
        path_text.decode(parameters.path)
        found = await roots.get_by_path(parameters.path.rstrip("/") or "/")
    if found is None:
        raise ScanRefused(
            f"{parameters.root_id or parameters.path or 'a scan without a root'} is no root; "
            "add the directory first, or scan the root that it lies in"
        )
    return found
