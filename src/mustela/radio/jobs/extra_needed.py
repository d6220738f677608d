"""Whether this machine can read products of radio astronomy at all."""

from __future__ import annotations

from importlib.util import find_spec

from mustela.radio.extra import ExtraMissing

#: The libraries without which no product is read.
LIBRARIES = ("numpy", "astropy")


def missing_library() -> str | None:
    """The first of the libraries that is not installed."""
    return next((name for name in LIBRARIES if find_spec(name) is None), None)


def require_extra() -> None:
    """Raise ``ExtraMissing``, with what to do, before a job begins that could only fail."""
    missing = missing_library()
    if missing is not None:
        raise ExtraMissing(
            f"reading images and visibilities needs {missing}, which is not installed: "
            "pip install 'mustela[radio]'"
        )
