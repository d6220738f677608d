"""A site for the page to live on, and a clip for it to play."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
import pytest_asyncio
from PIL import Image

from tests.web.library import make_video
from tests.web.site import Site, serving
from tests.web.sky_site import SkyApi, SkySite


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds that any Chromium plays."""
    path = tmp_path_factory.mktemp("clip") / "clip.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(20):
            shade = Image.new("RGB", (320, 180), (number * 10, 90, 60))
            frame = av.VideoFrame.from_image(shade)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest_asyncio.fixture(loop_scope="session")
async def empty_site(clip: Path) -> AsyncIterator[Site]:
    """A server that was just started for the first time."""
    async with serving(Site(clip)) as site:
        yield site


@pytest.fixture
def site(empty_site: Site) -> Site:
    """A server with thirty videos in one folder."""
    empty_site.add_root("/media/footage", last_scan_at="2025-01-01T00:00:00Z")
    empty_site.videos = [make_video(number) for number in range(30)]
    return empty_site


@pytest_asyncio.fixture(loop_scope="session")
async def sky(clip: Path) -> AsyncIterator[SkySite]:
    """A server with images of the sky and sources, and no videos."""
    site = SkySite(clip)
    async with serving(site, SkyApi(site).routes()):
        yield site
