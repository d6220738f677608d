"""Tests that coverage does not watch, because it has seen before all that they do.

To be watched takes a third of a test's time, and more of a short process's. What coverage reports
can only become less by that, never more.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from typing import Any

import pytest

#: Runs what SQLite runs on a file. (PostgreSQL has a module of its own for sync and for async.)
REPEATED = "memory"


@pytest.fixture
def unmeasured_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that start processes of which others test each line.

    Where a test starts two, coverage took half of its time: to be loaded, and to write what it saw.
    """
    for name in list(os.environ):
        if name.startswith("COVERAGE_PROCESS"):
            monkeypatch.delenv(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Nobody watches a test with the mark ``unmeasured``, or on the ``REPEATED`` engine."""
    if not _is_unmeasured(item):
        return (yield)
    here, in_new_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        if in_new_threads is not None:
            threading.settrace(in_new_threads)
        sys.settrace(here)
        _is_unmeasured(item)  # coverage takes up its work at the first call that it sees


def _is_unmeasured(item: pytest.Item) -> bool:
    if item.get_closest_marker("unmeasured") is not None:
        return True
    call = getattr(item, "callspec", None)
    return call is not None and call.params.get("open_engine", ("",))[0] == REPEATED
