"""Images that a stage could not read: each costs itself only."""

from __future__ import annotations

from typing import Any

from mustela.files.file_failures import AsyncFileFailureRepository, NewFailure
from mustela.files.path_text import join
from mustela.jobs.context import JobContext
from mustela.radio.jobs.selection import Chosen

#: So many stand in the job's result; all of them in the log, and among the job's errors.
_SHOWN = 20


class FailedImages:
    """Counts them, says them in the job's log, and keeps them until the image can be read.

    They stand with those of files that scans could not read, under the job's type.
    """

    def __init__(self, job: JobContext, failures: AsyncFileFailureRepository) -> None:
        self._job = job
        self._failures = failures
        self.number = 0
        self.roots: set[str] = set()
        self.first: list[dict[str, str]] = []

    async def add(self, image: Chosen, stage: str, message: str) -> None:
        """An image could not be read."""
        self.number += 1
        self.roots.add(image.root_id)
        path = image.path if image.root_path is None else join(image.root_path, image.path)
        if len(self.first) < _SHOWN:
            self.first.append({"path": path, "stage": stage, "message": message})
        self._job.log(f"{path}: {stage}: {message}", "warning")
        await self._failures.note(
            image.root_id,
            self._job.job.type,
            [NewFailure(image.path, stage, message, None, None)],
        )

    async def forget(self, image: Chosen) -> None:
        """It can be read."""
        await self._failures.forget(image.root_id, self._job.job.type, [image.path])

    def result(self) -> dict[str, Any]:
        """What the job's result says of them."""
        said: dict[str, Any] = {"failed": self.number}
        if self.number:
            said |= {"failures": self.first, "root_ids": sorted(self.roots)}
        return said
