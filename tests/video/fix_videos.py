"""Video repositories on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.files.schema import files_metadata
from mustela.store.testing import Harness
from mustela.video.repository import AsyncVideoRepository, VideoRepository
from mustela.video.schema import video_metadata
from tests.fix_engines import OpenHarness

METADATA = (files_metadata, video_metadata)


@pytest.fixture
async def video_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    """A store with the tables of files and videos."""
    async with open_engine(METADATA) as harness:
        yield harness


@pytest.fixture
def videos(video_harness: Harness) -> Any:
    """The repository, every operation awaited."""
    return video_harness.bind(VideoRepository, AsyncVideoRepository)
