"""Fixtures live in one `fix_*` module for each concern."""

from __future__ import annotations

import gc

pytest_plugins = [
    "tests.fix_browser",
    "tests.fix_coverage",
    "tests.fix_created",
    "tests.fix_engines",
    "tests.fix_postgres",
    "tests.fix_reports",
    "tests.radio.fix_radio",
    "tests.video.fix_videos",
]


def pytest_collection_finish() -> None:
    """What is there by now is never garbage: to look through it again and again takes long."""
    gc.collect()
    gc.freeze()
