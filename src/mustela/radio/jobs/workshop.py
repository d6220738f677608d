"""What the handlers of the stages work with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mustela.files.children import Children
from mustela.files.file_failures import AsyncFileFailureRepository
from mustela.jobs.context import JobContext
from mustela.jobs.queue import JobQueue
from mustela.radio.grading.repository import AsyncGradingRepository
from mustela.radio.jobs.failed_images import FailedImages
from mustela.radio.jobs.selection import AsyncStageRepository
from mustela.radio.matching.repository import AsyncMatchingRepository
from mustela.radio.rules.repository import AsyncRulesRepository
from mustela.radio.sources.repository import AsyncSourceRepository


@dataclass(frozen=True)
class Stages:
    """The repositories, the child processes, and the queue for what follows."""

    stages: AsyncStageRepository
    sources: AsyncSourceRepository
    grades: AsyncGradingRepository
    matches: AsyncMatchingRepository
    rules: AsyncRulesRepository
    failures: AsyncFileFailureRepository
    children: Children
    queue: JobQueue
    locks: Path

    def failed(self, job: JobContext) -> FailedImages:
        """The account of a job's images that could not be read."""
        return FailedImages(job, self.failures)
