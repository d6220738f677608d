"""A durable job queue on :mod:`mustela.store`: rows that say all, dispatchers around them.

Register handlers at an :class:`AsyncioJobQueue`, enter ``queue.running()``, and submit. What this
module names is public: it changes only with a major version, after a release that warns.
"""

from mustela.jobs.branch import JOBS_BRANCH
from mustela.jobs.by_engine import leader_of, presence_of
from mustela.jobs.child_context import ChildContext
from mustela.jobs.child_process import ChildProcess
from mustela.jobs.context import JobContext
from mustela.jobs.control import Clock, wall_clock
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.errors import (
    AlreadyRunning,
    ChildFailed,
    ChildNotStarted,
    ClaimLost,
    ExecutedElsewhere,
    InvalidJob,
    InvalidSchedule,
    JobCancelled,
    JobError,
    JobTypeTaken,
    JobUnfinished,
    RunLost,
    TryElsewhere,
    UnknownJobType,
)
from mustela.jobs.external_operations import new_run
from mustela.jobs.external_run import ExternalRun
from mustela.jobs.file_presence import FilePresence, live_workers
from mustela.jobs.following import run_or_follow, somebody_takes
from mustela.jobs.in_child_process import InChildProcess
from mustela.jobs.in_memory import InMemoryJobQueue, ManualClock
from mustela.jobs.leader import Leader, LeaderLock, ServerLeader
from mustela.jobs.lease_presence import LeasePresence
from mustela.jobs.look_operations import JobPage
from mustela.jobs.opening import open_queue
from mustela.jobs.operations import AsyncJobRepository, JobOperations, JobRepository
from mustela.jobs.pause_operations import Pause, Paused
from mustela.jobs.presence import LiveWorker, Presence
from mustela.jobs.provenance import Made, MadeRecord, Provenance
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
from mustela.jobs.retention import AsyncRetentionRepository, Retention, RetentionRepository
from mustela.jobs.run_at_submit import RunAtSubmit
from mustela.jobs.run_operations import LoggedLine, Report
from mustela.jobs.schedule_operations import (
    AsyncScheduleRepository,
    ScheduleOperations,
    ScheduleRepository,
)
from mustela.jobs.schedule_record import NewSchedule, Schedule
from mustela.jobs.schema import jobs_metadata

__all__ = [
    "JOBS_BRANCH",
    "AlreadyRunning",
    "AsyncJobRepository",
    "AsyncRetentionRepository",
    "AsyncScheduleRepository",
    "AsyncioJobQueue",
    "Backoff",
    "ChildContext",
    "ChildFailed",
    "ChildNotStarted",
    "ChildProcess",
    "ClaimLost",
    "Clock",
    "ExecutedElsewhere",
    "ExternalRun",
    "Failure",
    "FilePresence",
    "Handler",
    "InChildProcess",
    "InMemoryJobQueue",
    "InvalidJob",
    "InvalidSchedule",
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
    "JobUnfinished",
    "Leader",
    "LeaderLock",
    "LeasePresence",
    "Level",
    "Line",
    "LiveWorker",
    "LoggedLine",
    "Made",
    "MadeRecord",
    "ManualClock",
    "NewJob",
    "NewSchedule",
    "Pause",
    "Paused",
    "Presence",
    "Progress",
    "Provenance",
    "Report",
    "Retention",
    "RetentionRepository",
    "RunAtSubmit",
    "RunLost",
    "Schedule",
    "ScheduleOperations",
    "ScheduleRepository",
    "ServerLeader",
    "Status",
    "Submitted",
    "TryElsewhere",
    "UnknownJobType",
    "jobs_metadata",
    "leader_of",
    "live_workers",
    "new_job",
    "new_run",
    "open_queue",
    "presence_of",
    "run_or_follow",
    "somebody_takes",
    "wall_clock",
]
