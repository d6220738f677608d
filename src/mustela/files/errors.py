"""What can be wrong with paths, roots and directories."""

from __future__ import annotations

from mustela.errors import MustelaError


class FilesError(MustelaError):
    """A file or directory could not be used."""

    code = "files_error"


class MalformedPath(FilesError, ValueError):
    """This is not a path as Mustela writes it."""

    code = "malformed_path"
