"""The first stage: what is in an image, from the catalogue beside it or by searching it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from mustela.files.failure import Failure
from mustela.jobs.context import JobContext
from mustela.radio.jobs.at_once import at_once
from mustela.radio.jobs.extra_needed import require_extra
from mustela.radio.jobs.following_up import follow_up
from mustela.radio.jobs.parameters import FindParameters, parameters
from mustela.radio.jobs.searched import Searched
from mustela.radio.jobs.selection import Chosen
from mustela.radio.jobs.workshop import Stages
from mustela.radio.sources.removal import ALL_KINDS
from mustela.store.errors import NotFound

_SEARCH = "mustela.radio.jobs.in_child:search"
#: A form, not a class.
_ANSWER: Any = Searched | None
_PAGE = 200


def make_find_handler(shop: Stages) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """What was measured in an image before, forced fits too, makes room for what is found now.

    An image is done when its measurements are written, in one unit; a job that is begun again
    goes on with the others.
    """

    async def handle(job: JobContext) -> dict[str, Any]:
        order = parameters(FindParameters, job.parameters)
        require_extra()
        failed = shop.failed(job)
        counts = {"images": 0, "detected": 0, "imported": 0, "without_catalogue": 0}
        seen = done = 0

        async def chosen() -> AsyncIterator[Chosen]:
            nonlocal seen
            after = 0
            while page := await shop.stages.to_find(order, job.id, after, _PAGE):
                after = page[-1].seq
                seen += len(page)
                for image in page:
                    yield image

        async def work(image: Chosen) -> None:
            found = await shop.children.run(
                _SEARCH,
                image.place,
                image.hdu,
                image.beam,
                order.catalogues,
                order.find,
                order.seed_sigma,
                order.flood_sigma,
                result=_ANSWER,
                time_limit=order.image_seconds,
            )
            if isinstance(found, Failure):
                await failed.add(image, found.stage, found.message)
            elif found is None:
                counts["without_catalogue"] += 1
            elif await _keep(shop, job, image, found):
                await failed.forget(image)
                counts["images"] += 1
                counts["detected" if found.how == "find" else "imported"] += len(found.detections)
            nonlocal done
            done += 1
            job.progress(done, max(seen, done), "searching images")

        job.progress(0, None, "looking for images")
        await at_once(shop.children.size, chosen(), work)
        await shop.sources.refresh()
        result = {**counts, **failed.result()}
        await follow_up(shop.queue, job, order, anything=counts["images"] > 0 or job.attempt > 1)
        return result

    return handle


async def _keep(shop: Stages, job: JobContext, image: Chosen, found: Searched) -> bool:
    """Write what was found; false where the image was taken out of the catalog meanwhile."""
    for problem in found.problems:
        job.log(f"{image.path}: {found.catalogue}: {problem}", "warning")
    if found.plane is not None:
        job.log(f"{image.path}: searched {found.plane}")
    try:
        await shop.sources.replace_measurements(
            image.id, ALL_KINDS, found.detections, job_id=job.id
        )
    except NotFound:
        return False
    return True
