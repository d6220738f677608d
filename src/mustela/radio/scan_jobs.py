"""Scans of products as jobs, and the stages that follow by the root's rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mustela.files.composed_target import ComposedTarget
from mustela.files.scan_job import make_scan_handler, narrow_key, scan_key
from mustela.files.scan_share import Sharing, part_type
from mustela.jobs.context import JobContext
from mustela.jobs.queue import JobQueue
from mustela.radio.jobs.extra_needed import require_extra
from mustela.radio.jobs.following_up import submit_stage
from mustela.radio.jobs.parameters import MATCH, FindParameters, Selected, Stage
from mustela.radio.jobs.workshop import Stages
from mustela.radio.rules.record import RootRules
from mustela.radio.scan_target import COLLECTION

SCAN = f"{COLLECTION}.scan"
SCAN_PART = part_type(SCAN)


async def submit_scan(queue: JobQueue, root_id: str, options: Mapping[str, Any]) -> str:
    """Submit a scan of a root: the id of the job, or of the one that is under way."""
    given = {"root_id": root_id, **{k: v for k, v in options.items() if v is not None}}
    return await queue.submit(SCAN, given, uniqueness_key=scan_key(COLLECTION, root_id))


async def submit_narrow_scan(queue: JobQueue, root_id: str, below: str, id: str) -> str:
    """Submit a scan of a directory below a root: the id of the job, or of one under way."""
    given = {"root_id": root_id, "below": below}
    return await queue.submit(SCAN, given, id=id, uniqueness_key=narrow_key(COLLECTION, root_id))


def make_radio_scan_handler(
    store: Any, shop: Stages, target: ComposedTarget, sharing: Sharing
) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """A scan; when it has read something, what follows are jobs of their own."""
    scan = make_scan_handler(store, shop.children, target, sharing=sharing)

    async def handle(job: JobContext) -> dict[str, Any]:
        require_extra()
        # Of an attempt that was cut off, too: what it has written is not read again.
        since = round(job.job.created_at.timestamp() * 1_000_000)
        result = await scan(job)
        if result["catalogued"] or job.attempt > 1:
            await _follow(shop, job, result["root_id"], since)
        return result

    return handle


async def _follow(shop: Stages, job: JobContext, root_id: str, since: int) -> None:
    queue = shop.queue
    await queue.submit(MATCH, {}, uniqueness_key=f"{MATCH}:{job.id}", parent=job.id)
    selected = Selected(root_id=root_id, since=since)
    await submit_stage(queue, "grade", selected, parent=job.id)
    said = await shop.rules.root_rules(root_id)
    if said.find or said.catalogues:
        order = FindParameters(
            root_id=root_id,
            since=since,
            then=stages_after(said),
            catalogues=said.catalogues,
            find=said.find,
            seed_sigma=said.seed_sigma,
            flood_sigma=said.flood_sigma,
        )
        await submit_stage(queue, "find", order, parent=job.id)


def stages_after(said: RootRules) -> tuple[Stage, ...]:
    """What follows after sources were found: fits are forced at sources, which come by
    association; grades heed what was found."""
    if not said.associate:
        return ("grade",)
    return ("associate", "force", "grade") if said.force else ("associate", "grade")
