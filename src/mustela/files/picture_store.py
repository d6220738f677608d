"""Where made pictures are kept: by key, not by a path on a disk.

A key is text such as ``4f/a0/4fa0c1...-thumb.jpg``: made from a fingerprint, so that a file that
moves keeps its pictures, and spread over sub-folders, so that none of them gets too large.

Servers and workers on several machines may share the directory. There it bears a mark, a file that
a person makes once: so a share that is not mounted is told from an empty one.
"""

from __future__ import annotations

import re
from pathlib import Path

from mustela.files.errors import FilesError
from mustela.files.whole_file import write_whole

_FINGERPRINT = re.compile(r"[0-9a-z]{4,128}")
_KIND = re.compile(r"[a-z0-9]+\.[a-z0-9]+")
_KEY = re.compile(r"(?:[a-z0-9][a-z0-9_-]*/)*[a-z0-9][a-z0-9_-]*\.[a-z0-9]+")


class MalformedKey(FilesError, ValueError):
    """This is not the key of a picture."""

    code = "malformed_key"


class PicturesUnreachable(FilesError):
    """The directory of pictures is not there; is the share mounted?"""

    code = "pictures_unreachable"


#: The file that marks a directory as one that is shared.
MARK = ".mustela-pictures"


class PictureStore:
    """Pictures below a directory. Its files can be made again: nothing is ever synced.

    A ``shared`` one must be there, and bear the mark; another is made when it is first needed.
    """

    def __init__(self, directory: Path, *, shared: bool = False) -> None:
        self.directory = directory
        self.shared = shared

    def check(self) -> None:
        """Before anything is made here: ``PicturesUnreachable`` where it would go elsewhere."""
        if not self.shared or (self.directory / MARK).is_file():
            return
        if not self.directory.is_dir():
            raise PicturesUnreachable(
                f"the directory of pictures {self.directory} is not there; mount it, or correct"
                " the setting pictures_dir"
            )
        raise PicturesUnreachable(
            f"{self.directory} does not bear the mark of a directory of pictures: mount the share,"
            f" or, where this is a new one, make the file {self.directory / MARK}"
        )

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
        return self.directory / key

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
        """Whole or not at all; raises ``PicturesUnreachable``."""
        path = self.path(key)
        self.check()
        write_whole(path, data)

    def delete(self, key: str) -> bool:
        """Whether there was one. Folders that it leaves empty stay."""
        try:
            self.path(key).unlink()
        except FileNotFoundError:
            return False
        return True
