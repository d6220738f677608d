"""What the log says, to people and to programs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mustela.logs import start_logging
from mustela.settings import Settings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging as it was."""
    names = ["", "uvicorn", "granian", "alembic", "asyncio"]
    levels = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    handlers = list(logging.root.handlers)
    yield
    for logger, level in levels:
        logger.setLevel(level)
    logging.root.handlers[:] = handlers


def started(**settings: Any) -> logging.Logger:
    for handler in list(logging.root.handlers):  # pytest's own would be closed
        logging.root.removeHandler(handler)
    start_logging(Settings(data_dir=Path("unused"), **settings))
    return logging.getLogger("mustela.test")


def test_a_line_for_people_says_when_what_and_who(capsys: pytest.CaptureFixture[str]) -> None:
    started().warning("the disk %s is full", "video")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(" WARNING mustela.test: the disk video is full\n")


def test_a_name_in_a_message_neither_steers_the_terminal_nor_begins_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started().warning("%s cannot be read", "\x1b[2J\nFAKE line \udcff")
    assert capsys.readouterr().err.endswith("\\x1b[2J\\nFAKE line \\udcff cannot be read\n")


def test_a_traceback_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log = started()
    try:
        raise ValueError("wrong")
    except ValueError:
        log.exception("it failed")
    err = capsys.readouterr().err
    assert "\nTraceback (most recent call last):\n" in err
    assert err.endswith("ValueError: wrong\n")


def test_a_line_for_programs_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    log = started(log_format="json")
    log.info("read %s\nand more", "a \udcff", extra={"path": Path("/a"), "status": 200})
    try:
        raise ValueError("wrong")
    except ValueError:
        log.exception("it failed", extra={"level": "not ours", "words": {"a": ["\udcff"]}})
    first, second = map(msgspec.json.decode, capsys.readouterr().err.splitlines())
    assert first.pop("at").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "mustela.test",
        "message": "read a \\udcff\nand more",
        "path": "/a",
        "status": 200,
    }
    assert second["level"] == "error"
    assert second["exception"].endswith("ValueError: wrong")
    assert second["words"] == {"a": ["\\udcff"]}


def test_less_important_messages_are_left_out_as_the_settings_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = started(log_level="warning")
    log.info("unimportant")
    logging.getLogger("uvicorn.error").warning("important")
    assert capsys.readouterr().err.count("\n") == 1


def test_libraries_are_quiet_about_what_is_ordinary(capsys: pytest.CaptureFixture[str]) -> None:
    started(log_level="debug").debug("ours")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert capsys.readouterr().err.endswith(" DEBUG mustela.test: ours\n")


def test_requests_that_the_end_of_the_server_cuts_off_are_no_faults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started()
    server = logging.getLogger("uvicorn.error")
    try:
        raise asyncio.CancelledError
    except asyncio.CancelledError as error:
        server.error("Exception in ASGI application\n", exc_info=error)
    server.error("Cancel %s running task(s), timeout graceful shutdown exceeded", 2)
    assert capsys.readouterr().err == ""
