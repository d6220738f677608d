"""What a queue refuses, and how a handler learns that its job was cancelled."""

from __future__ import annotations

from mustela.errors import MustelaError


class JobError(MustelaError):
    """The job queue could not do what was asked."""

    code = "job_error"


class UnknownJobType(JobError, ValueError):
    """No handler is registered for this type of job."""

    code = "unknown_job_type"


class JobTypeTaken(JobError, ValueError):
    """A handler is already registered for this type of job."""

    code = "job_type_taken"


class InvalidJob(JobError, ValueError):
    """The job cannot be submitted like this."""

    code = "invalid_job"


class InvalidSchedule(JobError, ValueError):
    """The schedule cannot be kept like this."""

    code = "invalid_schedule"


class AlreadyRunning(JobError):
    """The queue is running already."""

    code = "queue_already_running"


class JobCancelled(JobError):
    """The job was cancelled; a handler lets this pass."""

    code = "job_cancelled"


class ClaimLost(JobError):
    """The job is no longer this execution's: it was taken for dead, or the job is over."""

    code = "claim_lost"


class TryElsewhere(JobError):
    """This process cannot do the job; another one may.

    A handler that has changed nothing raises it. The job waits again, as if it had not begun, and
    this process begins no job of its type for so many ``seconds``, so that others take it.
    """

    code = "try_elsewhere"

    def __init__(self, message: str | None = None, *, seconds: float = 5.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class RunLost(JobError):
    """The run is over, or another has taken its place; nothing more of it is kept."""

    code = "run_lost"


class JobUnfinished(JobError):
    """The job is not over yet; wait for its end, or cancel it."""

    code = "job_unfinished"


class ExecutedElsewhere(JobError, ValueError):
    """Jobs of this type are executed elsewhere; start them there."""

    code = "executed_elsewhere"


class ChildNotStarted(JobError):
    """A program that the job needs cannot be started."""

    code = "child_not_started"


class ChildFailed(JobError):
    """A program that the job has started failed."""

    code = "child_failed"

    def __init__(self, message: str | None = None, reported: str | None = None) -> None:
        super().__init__(message)
        self.reported = reported or self.code  #: the code that the program itself gave
