"""Which videos a job made, on every engine, sync and async."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import create_app
from mustela.jobs.provenance import Made, MadeRecord
from mustela.settings import Settings
from mustela.store import AsyncRepository, SyncRepository, Unit, read
from mustela.store.testing import Harness
from mustela.video import made_by as module
from mustela.video.made_by import made_by
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository, VideoRepository
from tests.make_video import make_video
from tests.media import settle


class Question:
    """Asks on its own what a provenance asks among other things."""

    @read
    def made_by(self, job_id: str, limit: int) -> Unit[Made]:
        return (yield from made_by(job_id, limit))


class SyncQuestion(Question, SyncRepository): ...


class AsyncQuestion(Question, AsyncRepository): ...


async def test_the_videos_of_a_job_are_counted_and_the_first_are_named(
    video_harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = video_harness.bind(VideoRepository, AsyncVideoRepository)
    question = video_harness.bind(SyncQuestion, AsyncQuestion)
    for n in range(3):
        await videos.add(Video(id=f"v{n}", path=f"/films/{n}.mp4", job_id="scan-1"))
    await videos.add(Video(id="other", path="/films/other.mp4", job_id="scan-2"))
    first = [MadeRecord("v0", "/films/0.mp4"), MadeRecord("v1", "/films/1.mp4")]
    assert await question.made_by("scan-1", 2) == Made(3, True, first)
    assert await question.made_by("nobody", 2) == Made(0, True, [])
    assert [video.id for video in await videos.list_videos(job_id="scan-2")] == ["other"]
    monkeypatch.setattr(module, "COUNT_LIMIT", 2)
    assert await question.made_by("scan-1", 1) == Made(2, False, first[:1])


async def test_a_scans_outputs_are_the_records_that_name_it(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    make_video(films / "tram.mp4", frames=5)
    settle(films)
    app = create_app(Settings.load(environ={}, data_dir=tmp_path / "data", children=1))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):

        async def get(path: str, **params: Any) -> Any:
            return (await client.get(path, params=params)).raise_for_status().json()

        await client.post("/roots", json={"path": str(films)})
        scan = (await client.post("/videos/scan", json={"path": str(films)})).json()["job_id"]
        await get(f"/jobs/{scan}/wait", timeout=60)
        provenance = await get(f"/jobs/{scan}/provenance")
        (video,) = (await get("/videos", job_id=scan))["items"]
        assert provenance["records"]["video"] == {
            "total": 1,
            "total_is_exact": True,
            "items": [{"id": video["id"], "name": str(films / "tram.mp4")}],
        }
        assert [child["type"] for child in provenance["children"]] == ["video.thumbnails"]
        thumbnails = provenance["children"][0]["id"]
        await get(f"/jobs/{thumbnails}/wait", timeout=60)
        (parent,) = (await get(f"/jobs/{thumbnails}/provenance"))["parents"]
        assert (parent["id"], parent["type"]) == (scan, "video.scan")
