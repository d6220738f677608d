"""What a child process that runs a job's function and its parent say: JSON, one line each."""

from __future__ import annotations

from typing import Any

import msgspec

from mustela.jobs.record import Level


class Work(msgspec.Struct, frozen=True):
    """Call ``function`` (``package.module:name``) for this attempt of a job."""

    function: str
    id: str
    type: str
    attempt: int
    parameters: dict[str, Any]


class Advanced(msgspec.Struct, frozen=True, tag="progress"):
    """How far it is; what is null stays as it was."""

    done: int | None = None
    total: int | None = None
    message: str | None = None


class Said(msgspec.Struct, frozen=True, tag="log"):
    """A line for the job's log."""

    level: Level
    line: str


class Returned(msgspec.Struct, frozen=True, tag="result"):
    """The function has returned this."""

    value: Any


class Raised(msgspec.Struct, frozen=True, tag="error"):
    """The function has raised, or could not be called."""

    code: str
    message: str


Message = Advanced | Said | Returned | Raised

encode = msgspec.json.Encoder().encode
decode_work = msgspec.json.Decoder(Work).decode
decode_message = msgspec.json.Decoder[Message](Message).decode
