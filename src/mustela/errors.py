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
            message = (inspect.getdoc(type(self)) or self.code).partition("\n")[0]
        super().__init__(message)
        self.message = message
