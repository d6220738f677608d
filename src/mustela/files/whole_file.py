"""Writing a file whole: under a temporary name, then renamed, so that nobody reads half of one.

Who is killed while it writes (a child process at its time limit) leaves the temporary file. The
next who writes into the same directory removes it, once it is older than anybody may take.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

#: Seconds after which nobody writes to a temporary file any more.
ABANDONED_SECONDS = 900.0
_ENDING = ".part"


def temporary_beside(path: Path) -> Path:
    """A name beside ``path`` that no other process takes, on whichever machine it runs."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}{_ENDING}")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that can be made again: it is not synced. Makes its directory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path.parent)
    temporary = temporary_beside(path)
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_abandoned(directory: Path) -> None:
    """Remove the temporary files of those who were killed."""
    latest = time.time() - ABANDONED_SECONDS
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(".") and entry.name.endswith(_ENDING):
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < latest:
                        os.unlink(entry.path)  # noqa: PTH108 - the name may be no text
