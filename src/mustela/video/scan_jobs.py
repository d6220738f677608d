"""Scans of videos as jobs, and the thumbnails that follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mustela.files.scan_job import make_scan_handler, narrow_key, scan_key
from mustela.files.scan_share import Sharing, part_type
from mustela.jobs.context import JobContext
from mustela.jobs.queue import JobQueue
from mustela.video.records import TOPIC
from mustela.video.scan_target import VideoScanTarget
from mustela.video.thumbnails import JOB_TYPE as THUMBNAILS

SCAN = f"{TOPIC}.scan"
SCAN_PART = part_type(SCAN)


async def submit_scan(queue: JobQueue, root_id: str, options: Mapping[str, Any]) -> str:
    """Submit a scan of a root: the id of the job, or of the one that is under way."""
    parameters = {"root_id": root_id, **{k: v for k, v in options.items() if v is not None}}
    return await queue.submit(SCAN, parameters, uniqueness_key=scan_key(TOPIC, root_id))


async def submit_narrow_scan(queue: JobQueue, root_id: str, below: str, id: str) -> str:
    """Submit a scan of a directory below a root: the id of the job, or of one under way."""
    parameters = {"root_id": root_id, "below": below}
    return await queue.submit(SCAN, parameters, id=id, uniqueness_key=narrow_key(TOPIC, root_id))


async def submit_thumbnails(queue: JobQueue, parent: str | None = None) -> str:
    """Submit the job that makes missing thumbnails, unless there is one of that parent.

    One that runs already may be past what the parent, a scan, has just found.
    """
    key = THUMBNAILS if parent is None else f"{THUMBNAILS}:{parent}"
    return await queue.submit(THUMBNAILS, {}, uniqueness_key=key, parent=parent)


def make_video_scan_handler(
    store: Any, children: Any, target: VideoScanTarget, sharing: Sharing
) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """A scan; when it has found something, the thumbnails follow as a job of their own."""
    scan = make_scan_handler(store, children, target, sharing=sharing)

    async def handle(job: JobContext) -> dict[str, Any]:
        result = await scan(job)
        if result["catalogued"]:
            await submit_thumbnails(sharing.queue, job.id)
        return result

    return handle
