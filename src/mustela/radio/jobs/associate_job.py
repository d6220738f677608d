"""The second stage: whose detections they are. One image after the other, by time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from mustela.files.scan_lock import held
from mustela.jobs.context import JobContext
from mustela.radio.jobs.extra_needed import require_extra
from mustela.radio.jobs.following_up import follow_up
from mustela.radio.jobs.parameters import AssociateParameters, parameters
from mustela.radio.jobs.workshop import Stages
from mustela.radio.sources.associating import associated
from mustela.radio.sources.linking import AssociationOptions
from mustela.radio.sources.procedure import run_async
from mustela.store.errors import NotFound


def make_associate_handler(shop: Stages) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """Over all processes on a data directory one association runs at a time."""

    async def handle(job: JobContext) -> dict[str, Any]:
        order = parameters(AssociateParameters, job.parameters)
        require_extra()
        waits = partial(job.progress, None, None, "waiting for another association")
        async with held(shop.locks / "radio-associate.lock", waits):
            counts = await _associate(shop, job, order)
        await follow_up(shop.queue, job, order, anything=counts["images"] > 0 or job.attempt > 1)
        return counts

    return handle


async def _associate(shop: Stages, job: JobContext, order: AssociateParameters) -> dict[str, int]:
    options = AssociationOptions(
        order.method, order.limit, order.max_radius_arcsec, order.systematic_arcsec
    )
    await shop.sources.refresh()
    chosen = await shop.stages.to_associate(order)
    counts = {"images": 0, "matched": 0, "new": 0, "removed": 0, "left_out": 0}
    for image in chosen:
        job.progress(counts["images"], len(chosen), "associating")
        try:
            found = await run_async(associated(image.id, options, job.id), shop.sources)
        except NotFound:  # it was taken out of the catalog meanwhile
            continue
        counts["images"] += 1
        counts["matched"] += found.matched
        counts["new"] += found.new
        counts["removed"] += found.removed
        counts["left_out"] += found.left_out
    job.progress(counts["images"], len(chosen), "associating")
    return counts
