"""Why a file could not be examined."""

from __future__ import annotations

import msgspec

from mustela.files.errors import FilesError


class Failure(msgspec.Struct, frozen=True):
    """A file could not be examined, as a value: one bad file among thousands is no exception.

    ``stage`` is where it failed: what the examining function calls its steps (``open``,
    ``streams``, ``decode`` ...), or ``crashed`` (the process died of it), ``time_limit`` (it took
    too long), ``internal`` (a mistake in the examining function). ``message`` is for people.
    """

    stage: str
    message: str


class Unreadable(FilesError):
    """The file could not be read."""

    code = "unreadable"

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage

    def as_failure(self) -> Failure:
        return Failure(self.stage, self.message)


class ChildUnusable(FilesError):
    """The process that examines files could not be started."""

    code = "child_unusable"


class ChildrenClosed(FilesError):
    """The processes that examine files are being stopped."""

    code = "children_closed"
