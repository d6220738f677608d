"""Small archives, each test's own. Linear algebra runs on one thread, as in child processes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")

from mustela.files.children import Children
from tests.radio.jobs.small_archive import (
    BRIGHT,
    Archive,
    archive_over,
    copy_products,
    make_image,
)


@pytest.fixture(scope="session")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images of one field: in the second one a source has gone."""
    made = tmp_path_factory.mktemp("two days")
    make_image(made / "day1.image.fits", day=1, seed=1)
    make_image(made / "day2.image.fits", [BRIGHT], day=2, seed=2)
    return made


@pytest.fixture
async def archive(
    two_days: Path, tmp_path: Path, unmeasured_processes: None
) -> AsyncIterator[Archive]:
    """A server over the two days, not scanned yet."""
    directory = copy_products(two_days, tmp_path / "archive")
    async with archive_over(directory, tmp_path / "data") as made:
        yield made


@pytest.fixture
async def archive_with_children(two_days: Path, tmp_path: Path) -> AsyncIterator[Archive]:
    """The same, with real child processes."""
    directory = copy_products(two_days, tmp_path / "archive")
    async with archive_over(directory, tmp_path / "data", Children) as made:
        yield made
