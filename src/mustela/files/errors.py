"""What can be wrong with paths, roots and directories."""

from __future__ import annotations

from mustela.errors import MustelaError


class FilesError(MustelaError):
    """A file or directory could not be used."""

    code = "files_error"


class MalformedPath(FilesError, ValueError):
    """This is not a path as Mustela writes it."""

    code = "malformed_path"


class DirectoryUnusable(FilesError, ValueError):
    """The directory does not exist or cannot be read."""

    code = "directory_unusable"


class RootsNest(FilesError, ValueError):
    """One root would lie inside another."""

    code = "roots_nest"


class InvalidPattern(FilesError, ValueError):
    """An exclude pattern cannot be understood."""

    code = "invalid_pattern"


class ScanFailed(FilesError):
    """The scan could not go on; what it had stored is kept. Run it again."""

    code = "scan_failed"


class ScanRefused(FilesError, ValueError):
    """There is nothing to scan: no such root, or parameters that make no sense."""

    code = "scan_refused"


class RootNotSeen(FilesError):
    """No worker sees the directory of the root; connect its drive, or mount the share."""

    code = "root_not_seen"
