"""Grades, matches of calibration tables, and counting all again: work on what is known already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mustela.jobs.context import JobContext
from mustela.radio.grading.graded_rows import MOST_ROWS, GradedPart
from mustela.radio.grading.repository import Gradable
from mustela.radio.jobs.parameters import GradeParameters, parameters
from mustela.radio.jobs.workshop import Stages
from mustela.radio.matching.repository import MOST_SETS

#: What has grades, in the order in which they are given.
WHAT: tuple[Gradable, ...] = ("images", "ms", "cal", "sources")

Handler = Callable[[JobContext], Awaitable[dict[str, Any]]]


def make_grade_handler(shop: Stages) -> Handler:
    """Grade what is named, what changed since a time, or all there is."""

    async def handle(job: JobContext) -> dict[str, Any]:
        order = parameters(GradeParameters, job.parameters)
        if order.ids is not None:
            graded = [
                await shop.grades.grade_images(order.ids[at : at + MOST_ROWS])
                for at in range(0, len(order.ids), MOST_ROWS)
            ]
            await shop.sources.refresh()
            return {
                "looked_at": sum(part.looked_at for part in graded),
                "changed": sum(part.changed for part in graded),
            }
        if order.since is not None:
            return await _grade_changed(shop, job, order.root_id, order.since)
        return await _grade_all(shop, job)

    return handle


async def _grade_all(shop: Stages, job: JobContext) -> dict[str, Any]:
    looked_at = changed = 0
    for what in WHAT:
        if what == "sources":
            await shop.sources.refresh()
        after: int | None = 0
        while after is not None:
            part: GradedPart = await shop.grades.grade_next(what, after)
            looked_at, changed = looked_at + part.looked_at, changed + part.changed
            job.progress(looked_at, None, f"grading {what}")
            after = part.next
    return {"looked_at": looked_at, "changed": changed}


async def _grade_changed(
    shop: Stages, job: JobContext, root_id: str | None, since: int
) -> dict[str, Any]:
    looked_at = changed = 0
    grading = {
        "images": shop.grades.grade_images,
        "ms": shop.grades.grade_ms,
        "cal": shop.grades.grade_calibration_tables,
        "sources": shop.grades.grade_sources,
    }
    for topic, grade in grading.items():
        if topic == "sources":
            await shop.sources.refresh()
        after = 0
        while page := await shop.stages.changed_since(topic, root_id, since, after, MOST_ROWS):
            after = page[-1][0]
            part = await grade([id for _, id in page])
            looked_at, changed = looked_at + part.looked_at, changed + part.changed
            job.progress(looked_at, None, f"grading {topic}")
    return {"looked_at": looked_at, "changed": changed}


def make_match_handler(shop: Stages) -> Handler:
    """Find the calibration tables of every Measurement Set anew."""

    async def handle(job: JobContext) -> dict[str, Any]:
        done = changed = after = 0
        while page := await shop.stages.measurement_sets_after(after, MOST_SETS):
            after = page[-1][0]
            changed += await shop.matches.match([id for _, id in page])
            done += len(page)
            job.progress(done, None, "matching calibration tables")
        return {"measurement_sets": done, "changed": changed}

    return handle


def make_recount_handler(shop: Stages) -> Handler:
    """Decide again which images count, and sum every source from its measurements."""

    async def handle(job: JobContext) -> dict[str, Any]:
        counts = {"images": 0, "sources": 0}
        for what, page_of in (
            ("images", shop.sources.recount_images),
            ("sources", shop.sources.recount_sources),
        ):
            after: int | None = 0
            while after is not None:
                counts[what] += 1
                job.progress(sum(counts.values()), None, f"counting {what} again")
                after = await page_of(after)
        return {f"pages_of_{what}": number for what, number in counts.items()}

    return handle
