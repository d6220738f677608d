"""Files that appear whole: written under another name, then renamed."""

from __future__ import annotations

import secrets
from pathlib import Path


def temporary_beside(path: Path) -> Path:
    """A name beside ``path`` that no other process takes, on whichever machine it runs."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, making its folder; nobody ever reads half of it, and the last writer wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(path)
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
