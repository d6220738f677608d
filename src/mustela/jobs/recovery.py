"""The jobs of processes that have died: run again where they may, else failed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.presence import forget_dead, is_alive
from mustela.jobs.record import Job, Line


async def settle_dead(
    jobs: AsyncJobRepository,
    data_dir: Path | None,
    own: Collection[str],
    clock: Callable[[], int],
) -> list[Job]:
    """Settle what owners that are dead were running; the jobs as they are then.

    The rows are read before anybody is asked whether he lives: who is dead then was dead already,
    and who appears later is not among them. Without a directory only ``own`` owners live.
    """
    dead = [
        owner
        for owner in await jobs.running_owners()
        if owner not in own and not (data_dir is not None and is_alive(data_dir, owner))
    ]
    settled = await jobs.recover(dead, at=clock()) if dead else []
    for job in settled:
        text = f"The process that ran attempt {job.attempt} died; the job is {job.status}."
        await jobs.append_log(job.id, [Line(clock(), "warning", text)])
    if data_dir is not None:
        forget_dead(data_dir)
    return settled
