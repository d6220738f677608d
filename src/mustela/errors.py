"""The root of every error that Mustela raises on purpose."""

from __future__ import annotations

import inspect
from typing import ClassVar


class MustelaError(Exception):
    """Something went wrong that Mustela knows how to name.

    ``code`` is stable and part of the public interface: it stands in problem documents, in
    command-line messages and in the reference. The first line of a subclass's docstring is its
    message where none is given.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        if message is None:
            message = said_of(type(self))
        super().__init__(message)
        self.message = message


def said_of(kind: type[MustelaError]) -> str:
    """What an error of that class says where it says nothing more."""
    return (inspect.getdoc(kind) or kind.code).partition("\n")[0]
