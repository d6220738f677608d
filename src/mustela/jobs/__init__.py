"""A durable job queue on :mod:`mustela.store`: rows that say all, dispatchers around them.

Register handlers at an :class:`AsyncioJobQueue`, enter ``queue.running()``, and submit. What this
module names is public: it changes only with a major version, after a release that warns.
"""

from mustela.jobs.branch import JOBS_BRANCH
from mustela.jobs.context import JobContext
from mustela.jobs.control import Clock, wall_clock
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.errors import (
    AlreadyRunning,
    InvalidJob,
    JobCancelled,
    JobError,
    JobTypeTaken,
    UnknownJobType,
)
from mustela.jobs.following import run_or_follow, somebody_takes
from mustela.jobs.in_memory import InMemoryJobQueue, ManualClock
from mustela.jobs.look_operations import JobPage
from mustela.jobs.operations import AsyncJobRepository, JobOperations, JobRepository
from mustela.jobs.presence import LiveWorker, live_workers
from mustela.jobs.queue import JobQueue
from mustela.jobs.record import (
    Failure,
    Job,
    JobDocument,
    Level,
    Line,
    NewJob,
    Progress,
    Status,
    Submitted,
    new_job,
)
from mustela.jobs.registry import Backoff, Handler
from mustela.jobs.run_operations import LoggedLine, Report
from mustela.jobs.schema import jobs_metadata

__all__ = [
    "JOBS_BRANCH",
    "AlreadyRunning",
    "AsyncJobRepository",
    "AsyncioJobQueue",
    "Backoff",
    "Clock",
    "Failure",
    "Handler",
    "InMemoryJobQueue",
    "InvalidJob",
    "Job",
    "JobCancelled",
    "JobContext",
    "JobDocument",
    "JobError",
    "JobOperations",
    "JobPage",
    "JobQueue",
    "JobRepository",
    "JobTypeTaken",
    "Level",
    "Line",
    "LiveWorker",
    "LoggedLine",
    "ManualClock",
    "NewJob",
    "Progress",
    "Report",
    "Status",
    "Submitted",
    "UnknownJobType",
    "jobs_metadata",
    "live_workers",
    "new_job",
    "run_or_follow",
    "somebody_takes",
    "wall_clock",
]
