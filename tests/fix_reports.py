"""Reports of tests that handle names which are not Unicode must still travel between processes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


def _travels(text: str) -> str:
    """Text that can be encoded: what cannot be is shown as an escape."""
    return text.encode(errors="backslashreplace").decode()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """pytest-xdist stops the whole run over one lone surrogate in a report."""
    report = yield
    report.sections = [(name, _travels(text)) for name, text in report.sections]
    if report.longrepr is not None and not isinstance(report.longrepr, tuple):
        text = str(report.longrepr)
        if _travels(text) != text:
            report.longrepr = _travels(text)
    return report
