"""A stage that has made something submits the one that follows."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from mustela.jobs.context import JobContext
from mustela.jobs.queue import JobQueue
from mustela.radio.jobs.parameters import Selected

_STAGES = {
    "find": "radio.find",
    "associate": "radio.associate",
    "force": "radio.force",
    "grade": "radio.grade",
}
_SELECTING = ("root_id", "below", "ids", "since")


async def follow_up(queue: JobQueue, job: JobContext, order: Selected, *, anything: bool) -> None:
    """Submit the next of the stages that are to follow. Where nothing was made, none does."""
    if not order.then or not anything:
        return
    chosen: dict[str, Any] = {name: getattr(order, name) for name in _SELECTING}
    await submit_stage(queue, order.then[0], Selected(**chosen, then=order.then[1:]), parent=job.id)


async def submit_stage(
    queue: JobQueue, stage: str, order: Selected, *, parent: str | None = None
) -> str:
    """Submit a stage: the id of its job, or of the unfinished one that was ordered alike.

    One that follows another job is its own: who runs already may be past what that has made.
    """
    given = msgspec.to_builtins(order)
    type = _STAGES[stage]
    told = parent or hashlib.blake2b(msgspec.json.encode(given), digest_size=16).hexdigest()
    return await queue.submit(type, given, uniqueness_key=f"{type}:{told}", parent=parent)
