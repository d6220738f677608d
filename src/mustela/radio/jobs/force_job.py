"""The third stage: how bright an image is where a source is known that was not found in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from mustela.files.failure import Failure
from mustela.jobs.context import JobContext
from mustela.radio.finding.detection import Forced
from mustela.radio.jobs.at_once import at_once
from mustela.radio.jobs.extra_needed import require_extra
from mustela.radio.jobs.following_up import follow_up
from mustela.radio.jobs.parameters import ForceParameters, parameters
from mustela.radio.jobs.selection import Chosen, ToForce
from mustela.radio.jobs.workshop import Stages
from mustela.store.errors import NotFound

_FORCE = "mustela.radio.jobs.in_child:force"


def make_force_handler(shop: Stages) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """Forced fits in the images that count, in place of those made there before."""

    async def handle(job: JobContext) -> dict[str, Any]:
        order = parameters(ForceParameters, job.parameters)
        require_extra()
        failed = shop.failed(job)
        counts = {"images": 0, "measured": 0, "not_measured": 0}
        chosen = await shop.stages.forceable(order)
        looked_at = 0

        async def with_places() -> AsyncIterator[tuple[Chosen, ToForce]]:
            nonlocal looked_at
            for image in chosen:
                wanted = await shop.stages.to_force(image.id, order.again)
                looked_at += 1
                job.progress(looked_at, len(chosen), "measuring known sources")
                if wanted is not None:
                    yield image, wanted

        async def work(item: tuple[Chosen, ToForce]) -> None:
            image, wanted = item
            answers = await shop.children.run(
                _FORCE,
                image.place,
                image.hdu,
                image.beam,
                wanted.places,
                wanted.neighbours,
                result=tuple[Forced, ...],
                time_limit=order.image_seconds,
            )
            if isinstance(answers, Failure):
                await failed.add(image, answers.stage, answers.message)
                return
            fits = [one for one in answers if one.detection is not None]
            try:
                await shop.sources.replace_measurements(
                    image.id,
                    ["forced"],
                    [one.detection for one in fits if one.detection is not None],
                    source_ids=[one.id for one in fits],
                    job_id=job.id,
                )
            except NotFound:  # the image, or a source, was taken out of the catalog meanwhile
                job.log(f"{image.path}: something of it has gone; measure it again", "warning")
                return
            await failed.forget(image)
            counts["images"] += 1
            counts["measured"] += len(fits)
            counts["not_measured"] += len(answers) - len(fits)

        await at_once(shop.children.size, with_places(), work)
        await follow_up(shop.queue, job, order, anything=True)
        return {**counts, **failed.result()}

    return handle
