"""The collection of videos, as the server installs it."""

from __future__ import annotations

from functools import partial

from mustela.collection import Collection, Installed, Services
from mustela.files.root import AsyncRootRepository
from mustela.files.scan_part import make_part_handler
from mustela.files.scan_share import Sharing
from mustela.files.schedule import ScanSchedule
from mustela.video.branch import VIDEO_BRANCH
from mustela.video.extensions import EXTENSIONS
from mustela.video.made_by import made_by
from mustela.video.records import TOPIC, records
from mustela.video.repository import AsyncVideoRepository
from mustela.video.routes import router
from mustela.video.scan_jobs import (
    SCAN,
    SCAN_PART,
    make_video_scan_handler,
    submit_narrow_scan,
    submit_scan,
    submit_thumbnails,
)
from mustela.video.scan_operations import VideoScanOperations
from mustela.video.scan_target import VideoScanTarget
from mustela.video.schema import videos as videos_table
from mustela.video.statistics import collection_stats
from mustela.video.thumbnails import JOB_TYPE as THUMBNAILS
from mustela.video.thumbnails import Pictures, make_thumbnail_handler

#: A scan that has said nothing for so long stands still (seconds).
_STALLED = 15 * 60.0
#: Sooner than its scan does: this then reads the files itself.
_PART_STALLED = 10 * 60.0


def install(services: Services) -> Installed:
    """Register the jobs and bring the routes."""
    videos = services.repository(AsyncVideoRepository)
    pictures = Pictures(
        services.picture_store,
        services.children,
        videos,
        services.repository(AsyncRootRepository),
    )
    services.parts[Pictures] = pictures
    store, children, target = services.store, services.children, VideoScanTarget(videos)
    sharing = Sharing(services.queue, services.limits.scan_shard_files)
    for type, handler in {
        SCAN: make_video_scan_handler(store, children, target, sharing),
        SCAN_PART: make_part_handler(store, children, target),
        THUMBNAILS: make_thumbnail_handler(pictures, videos, at_once=4),
    }.items():
        services.queue.register_handler(
            type,
            handler,
            timeout=None,
            stall_timeout=_PART_STALLED if type == SCAN_PART else _STALLED,
            repeatable=True,
            concurrency=1,
        )
    services.watch.register(TOPIC, EXTENSIONS, partial(submit_narrow_scan, services.queue))
    services.queue.keep_named_by(videos_table.c.job_id)
    schedule = ScanSchedule(
        services.repository(AsyncRootRepository),
        TOPIC,
        lambda root_id: submit_scan(services.queue, root_id, {}),
        services.limits.scan_interval_minutes * 60,
        leader=services.leader,
        on_lead=lambda: _catch_up(services, videos),
    )
    return Installed(
        routers=[router],
        records=[records],
        topics=[TOPIC],
        stats=lambda: collection_stats(videos),
        running=schedule.running,
        leave_root=VideoScanOperations().leave_root.unit,
        made_by=made_by,
    )


async def _catch_up(services: Services, videos: AsyncVideoRepository) -> None:
    """A server that was stopped before all thumbnails were made goes on with them."""
    if await videos.count_without_thumbnail():
        await submit_thumbnails(services.queue)


VIDEO = Collection(
    name=TOPIC,
    title="Library",
    branches=[VIDEO_BRANCH],
    install=install,
    page="video.js",
    extensions=EXTENSIONS,
)
