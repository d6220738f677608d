"""The published images and catalogues, which lie beside the repository where there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

RADIO = Path(__file__).parents[4] / "shared" / "data" / "radio"


def published(name: str) -> Path:
    """A published file; the test that needs it is skipped by its name where it is missing."""
    path = RADIO / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/data/radio/{name}")
    return path
