"""Fingerprinting what may have moved, in a child process."""

from __future__ import annotations

from typing import Any

import msgspec

from mustela.files.directory_product import DirectoryRule, fingerprint_at


def fingerprint(path: bytes, directories: Any) -> str:
    """The item's fingerprint; ``directories`` is the ``DirectoryRule`` as it has travelled here."""
    return fingerprint_at(path, msgspec.convert(directories, DirectoryRule | None))
