"""The page: static ES modules, no build step. The server only hands the files out."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def page_directory() -> Path:
    """The directory whose files are served at ``/``, by their names; ``index.html`` is the page.

    The page asks for everything by relative URL: its own files beside ``index.html``, and the API
    below ``api/v1/``.
    """
    return Path(str(files(__name__)))
