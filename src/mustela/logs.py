"""How a server logs: lines for people or, with ``log_format = "json"``, for programs."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from mustela.settings import Settings
from mustela.store.context import acting

#: Fields that code adds with ``extra=`` are those that a bare record does not have.
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
#: Libraries whose ordinary messages say nothing to who runs Mustela.
_QUIET = ("alembic", "asyncio", "granian", "procrastinate", "uvicorn", "watchfiles")
#: How uvicorn says that it does not wait for requests any longer.
_CUT_OFF = "Cancel %s running task(s)"


class JsonFormatter(logging.Formatter):
    """A line, one JSON object: ``at`` (RFC 3339, UTC), ``level``, ``logger``, ``message``.

    ``request_id`` and ``job_id`` say what it was logged for. What code adds with ``extra=``
    stands beside these, and a traceback is in ``exception``.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in record.__dict__.items():
            if name not in _OWN:
                line.setdefault(name, value)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # File names that are not UTF-8 may stand in a message as surrogates.
        return msgspec.json.encode(_sound(line), enc_hook=str).decode()


class TextFormatter(logging.Formatter):
    """A line for people. A name in a message cannot steer the terminal or begin another line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        text = super().formatMessage(record)
        for name, value in _purpose(record):
            text += f" [{name} {value}]"
        if text.isprintable():
            return text
        return "".join(
            letter if letter.isprintable() else letter.encode("unicode_escape").decode()
            for letter in text
        )


def _with_purpose(record: logging.LogRecord) -> bool:
    """Note what a line is logged for: the request, the job or both that this code works on."""
    actor, request_id = acting()
    if request_id is not None and not hasattr(record, "request_id"):
        record.request_id = request_id
    kind, _, job_id = actor.partition(":")
    if kind == "job" and not hasattr(record, "job_id"):
        record.job_id = job_id
    return True


def _purpose(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    for name in ("request", "job"):
        value = getattr(record, f"{name}_id", None)
        if value is not None:
            yield name, str(value)


def _says_something(record: logging.LogRecord) -> bool:
    """Requests that are cut off when the server stops are no faults."""
    if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
        return False
    return not str(record.msg).startswith(_CUT_OFF)


def start_logging(settings: Settings) -> None:
    """Log to standard error, as the settings say: standard output belongs to the answer."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    handler.addFilter(_says_something)
    handler.addFilter(_with_purpose)
    level = settings.log_level.upper()
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {name: _sound(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(one) for one in value]
    return value
