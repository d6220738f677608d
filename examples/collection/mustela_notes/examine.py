"""Reading one file. Runs in a child process, so it imports as little as it can."""

from __future__ import annotations

import msgspec

from mustela.files.failure import Unreadable
from mustela.files.fingerprint import fingerprint


class Details(msgspec.Struct):
    """What is read of a file: columns of the table."""

    heading: str
    fingerprint: str


def examine(path: bytes) -> Details:
    """The first line that says something, without the marks of a heading."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # bytes
        try:
            lines = (line.strip().lstrip("#").strip() for line in file)
            heading = next(filter(None, lines), "")
        except UnicodeDecodeError as error:
            raise Unreadable("decode", "the file is not UTF-8 text") from error
    return Details(heading[:200].replace("\0", ""), fingerprint(path))
