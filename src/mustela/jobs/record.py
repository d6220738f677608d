"""A job as its row says it, and as the surface shows it."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, SupportsIndex, TypeAlias, get_args

import msgspec

from mustela.jobs.errors import InvalidJob
from mustela.store import from_microseconds

Status: TypeAlias = Literal["pending", "running", "completed", "failed", "timeout", "cancelled"]
Level: TypeAlias = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)

#: The states in which a job is over.
ENDED: frozenset[Status] = frozenset(("completed", "failed", "timeout", "cancelled"))
#: Seconds that a job may take where nothing is said.
TIME_LIMIT = 300.0

#: No column of whole numbers keeps more.
MOST = 2**63 - 1

#: Words that stand in routes where an id would.
RESERVED_IDS = frozenset(
    ("cancel", "export", "logs", "pause", "rerun", "resume", "runs", "schedules", "wait")
)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}")
_names = msgspec.json.Decoder(tuple[str, ...])
_encoder = msgspec.json.Encoder(order="deterministic")
_decode = msgspec.json.Decoder().decode


class Failure(msgspec.Struct, frozen=True):
    """Why a job failed: a stable code, and a message that a person can act on."""

    code: str
    message: str


class Progress(msgspec.Struct, frozen=True):
    """How far a job is: so many ``done`` of ``total`` (null: nobody knows), ``rate`` a second."""

    done: int | None = None
    total: int | None = None
    rate: float | None = None
    message: str | None = None

    @property
    def eta_seconds(self) -> float | None:
        """How long the rest takes at this rate."""
        if self.done is None or self.total is None or not self.rate:
            return None
        return max(0.0, (self.total - self.done) / self.rate)


class Line(msgspec.Struct, frozen=True):
    """One line of a job's log. ``at`` is in microseconds since 1970, UTC."""

    at: int
    level: Level
    text: str


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. ``payload`` is JSON: see :func:`new_job`.

    ``run_at`` is in microseconds since 1970 (UTC); limits are in seconds, ``None`` for none.
    ``actor`` is who asked, where that is not who calls.
    """

    type: str
    payload: str = "{}"
    id: str | None = None
    priority: int = 0
    run_at: int | None = None
    paused: bool = False
    max_attempts: int = 1
    repeatable: bool = False
    uniqueness_key: str | None = None
    time_limit: float | None = TIME_LIMIT
    stall_limit: float | None = None
    external: bool = False
    inputs: str | None = None
    parent: str | None = None
    #: Of what executes an external run; Mustela's where nothing is said.
    software_version: str | None = None
    actor: str | None = None


def new_job(type: str, parameters: Mapping[str, Any] | None = None, **options: Any) -> NewJob:
    """A job with these parameters; raises ``InvalidJob`` where they are not JSON."""
    return NewJob(type=type, payload=to_json(dict(parameters or {})), **options)


def to_json(value: Any) -> str:
    """``value`` as JSON; raises ``InvalidJob``."""
    try:
        return _encoder.encode(value).decode()
    except (TypeError, ValueError, UnicodeError, RecursionError) as error:
        raise InvalidJob(f"the value cannot be written as JSON: {error}") from error


def check_id(id: str) -> str:
    """An id as it is; ``InvalidJob`` for what cannot stand in a URL."""
    if not _ID.fullmatch(id) or id in RESERVED_IDS:
        raise InvalidJob(
            f"{id!r} is no id: use up to 128 letters, digits and . _ + ~ -, "
            "a letter or digit first, and no word of a route"
        )
    return id


def storable(value: str) -> str:
    """``value`` as every engine can keep it: file names in messages need not be Unicode."""
    if not value.isascii():
        value = value.encode(errors="backslashreplace").decode()
    return value.replace("\0", "\\0")


def whole(number: SupportsIndex | None, name: str) -> int | None:
    """``number`` as every engine can keep it, those of numpy too; ``TypeError``, ``ValueError``.

    It is refused where it is said: later it would stand in the way of a job's end.
    """
    if number is None:
        return None
    value = operator.index(number)
    if abs(value) > MOST:
        raise ValueError(f"progress: {name} is beyond what can be kept (2**63 - 1)")
    return value


class Submitted(msgspec.Struct, frozen=True):
    """The id of the new job, or of the unfinished one that has the same uniqueness key."""

    id: str
    created: bool


class JobDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A job in JSON. Times are RFC 3339 in UTC."""

    class ProgressDocument(msgspec.Struct, frozen=True):
        """How far it is; null where nobody knows."""

        done: int | None
        total: int | None
        rate: float | None
        eta_seconds: float | None
        message: str | None

    id: str
    type: str
    status: Status
    parameters: dict[str, Any]
    progress: ProgressDocument
    result: Any
    error: Failure | None
    priority: int
    paused: bool
    attempt: int
    max_attempts: int
    cancel_requested: bool
    external: bool
    parent: str | None
    actor: str
    software_version: str
    run_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Job(msgspec.Struct, frozen=True):
    """One row. Fields that end in ``_us`` are microseconds since 1970 (UTC); limits seconds."""

    seq: int
    id: str
    type: str
    payload: str
    status: Status
    priority: int
    run_at_us: int | None
    paused: bool
    ready: bool
    attempt: int
    max_attempts: int
    repeatable: bool
    owner: str | None
    claim_id: int
    cancel_requested_at_us: int | None
    uniqueness_key: str | None
    time_limit: float | None
    stall_limit: float | None
    progress_done: int | None
    progress_total: int | None
    progress_rate: float | None
    progress_message: str | None
    result_json: str | None
    error_json: str | None
    external: bool
    heartbeats: int
    inputs_json: str | None
    outputs_json: str | None
    parent: str | None
    software_version: str
    actor: str
    request_id: str | None
    created_at_us: int
    started_at_us: int | None
    heartbeat_at_us: int | None
    finished_at_us: int | None
    expires_at_us: int | None

    @property
    def ended(self) -> bool:
        """Whether it is over, in whichever way."""
        return self.status in ENDED

    @property
    def parameters(self) -> dict[str, Any]:
        """What it was asked to do."""
        found: dict[str, Any] = _decode(self.payload)
        return found

    @property
    def result(self) -> Any:
        """What it answered."""
        return None if self.result_json is None else _decode(self.result_json)

    @property
    def error(self) -> Failure | None:
        """Why it failed, or why its last attempt did."""
        if self.error_json is None:
            return None
        return msgspec.json.decode(self.error_json, type=Failure)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it was made from, as it was declared."""
        return names_of(self.inputs_json)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What it made, as it was declared; the records that name it are not among these."""
        return names_of(self.outputs_json)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(
            self.progress_done, self.progress_total, self.progress_rate, self.progress_message
        )

    @property
    def created_at(self) -> datetime:
        return from_microseconds(self.created_at_us)

    @property
    def run_at(self) -> datetime | None:
        return _time(self.run_at_us)

    @property
    def started_at(self) -> datetime | None:
        """When its last attempt began."""
        return _time(self.started_at_us)

    @property
    def finished_at(self) -> datetime | None:
        return _time(self.finished_at_us)

    def with_progress(self, progress: Progress) -> Job:
        """The same with what the process that runs it knows already."""
        return msgspec.structs.replace(
            self,
            progress_done=progress.done,
            progress_total=progress.total,
            progress_rate=progress.rate,
            progress_message=progress.message,
        )

    def to_public(self) -> JobDocument:
        """What the HTTP surface and ``--json`` show."""
        progress = self.progress
        return JobDocument(
            id=self.id,
            type=self.type,
            status=self.status,
            parameters=self.parameters,
            progress=JobDocument.ProgressDocument(
                progress.done,
                progress.total,
                progress.rate,
                progress.eta_seconds if self.status == "running" else None,
                progress.message,
            ),
            result=self.result,
            error=self.error,
            priority=self.priority,
            paused=self.paused,
            attempt=self.attempt,
            max_attempts=self.max_attempts,
            cancel_requested=self.cancel_requested_at_us is not None,
            external=self.external,
            parent=self.parent,
            actor=self.actor,
            software_version=self.software_version,
            run_at=self.run_at,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
        )


def names_of(value: str | None) -> tuple[str, ...]:
    """Inputs or outputs from their column."""
    return () if value is None else _names.decode(value)


def _time(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)


_TRUTHS = tuple(
    Job.__struct_fields__.index(name) for name in ("paused", "ready", "repeatable", "external")
)


def job_of(*row: Any) -> Job:
    """A job from the columns of its row, in order."""
    values = list(row)
    for position in _TRUTHS:
        values[position] = values[position] == 1  # 2 is *later*: not ready
    return Job(*values)
