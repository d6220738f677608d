"""Libraries of the extra ``mustela[radio]``, loaded where they are first needed.

The rest of the radio collection works without them; what needs one says so.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from mustela.errors import MustelaError


class ExtraMissing(MustelaError):
    """This needs libraries that are not installed: pip install mustela[radio]."""

    code = "extra_missing"


def needing(library: str, module: str) -> ModuleType:
    """A module of ours that needs a library of the extra.

    Raises :class:`ExtraMissing` where the library is not installed. Takes a second when it is the
    first to load astropy: call it in a thread.
    """
    try:
        return import_module(module)
    except ImportError as error:
        if (error.name or "").partition(".")[0] != library:
            raise
        raise ExtraMissing(
            f"this needs {library}, which is not installed: pip install mustela[radio]"
        ) from error
