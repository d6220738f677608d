"""Where made pictures are kept: by key, not by a path on a disk.

A key is text such as ``4f/a0/4fa0c1...-thumb.jpg``: made from a fingerprint, so that a file that
moves keeps its pictures, and spread over sub-folders, so that none of them gets too large.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mustela.files.errors import FilesError

_FINGERPRINT = re.compile(r"[0-9a-z]{4,128}")
_KIND = re.compile(r"[a-z0-9]+\.[a-z0-9]+")
_KEY = re.compile(r"(?:[a-z0-9][a-z0-9_-]*/)*[a-z0-9][a-z0-9_-]*\.[a-z0-9]+")


class MalformedKey(FilesError, ValueError):
    """This is not the key of a picture."""

    code = "malformed_key"


class PictureStore:
    """Pictures below a directory. Its files can be made again: nothing is ever synced."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @staticmethod
    def key(fingerprint: str, kind: str) -> str:
        """The key of a file's picture of that kind (``thumb.jpg``, ``sprite.jpg`` ...)."""
        if not _FINGERPRINT.fullmatch(fingerprint) or not _KIND.fullmatch(kind):
            raise MalformedKey(f"no picture can be kept as {kind!r} of {fingerprint!r}")
        return f"{fingerprint[:2]}/{fingerprint[2:4]}/{fingerprint}-{kind}"

    def path(self, key: str) -> Path:
        """Where that picture is, or would be, on disk. Whoever writes there makes its folder."""
        if not _KEY.fullmatch(key):
            raise MalformedKey(f"{key!r} is not the key of a picture")
        return self._directory / key

    def exists(self, key: str) -> bool:
        """Whether it is there. An empty file is what a power failure leaves of one."""
        try:
            return self.path(key).stat().st_size > 0
        except OSError:
            return False

    def read(self, key: str) -> bytes | None:
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Under a temporary name, then renamed: nobody ever reads half a picture."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            temporary.write_bytes(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def delete(self, key: str) -> bool:
        """Whether there was one. Folders that it leaves empty stay."""
        try:
            self.path(key).unlink()
        except FileNotFoundError:
            return False
        return True
