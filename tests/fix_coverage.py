"""Processes that are started without coverage, which costs more than what they do."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def unmeasured_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that start processes of which others test each line.

    Where a test starts two, coverage took half of its time: to be loaded, and to write what it saw.
    """
    for name in list(os.environ):
        if name.startswith("COVERAGE_PROCESS"):
            monkeypatch.delenv(name)
