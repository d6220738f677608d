"""Statistics, the queue and the kept answers, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Collection, Installed, Services
from mustela.jobs.context import JobContext
from mustela.settings import Settings
from mustela.video.collection import VIDEO
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository
from tests.http.toy_collection import TOYS

PLAIN = Collection("plain", "Plain", (), lambda services: Installed(topics=["toys"]))


class Site:
    """A running server, and a client of it."""

    def __init__(self, client: httpx.AsyncClient, services: Services) -> None:
        self.client = client
        self.services = services
        self.began = asyncio.Event()
        self.go = asyncio.Event()

    async def handle(self, context: JobContext) -> None:
        self.began.set()
        await self.go.wait()

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        return answer.json()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = Settings.load(environ={}, data_dir=tmp_path, concurrency=3)
    app = create_app(settings, with_collections=[VIDEO])
    provided: Any = app.user_middleware[0].kwargs["provided"]
    found = Site(
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/api/v1"),
        provided[SERVICES],
    )
    found.services.queue.register_handler("toy.wait", found.handle, concurrency=1)
    async with app.router.lifespan_context(app), found.client:
        yield found


async def test_statistics_tell_of_every_collection_and_of_the_jobs(site: Site) -> None:
    empty = (await site.get("/stats"))["collections"]["video"]
    assert (empty["count"], empty["bytes"]) == (0, 0)
    assert (empty["newest"], empty["seconds_since_newest"]) == (None, None)
    videos = site.services.repository(AsyncVideoRepository)
    await videos.add(Video(id="a", path="/a.mp4", file_size=70))
    stats = await site.get("/stats")
    video = stats["collections"]["video"]
    assert (video["count"], video["bytes"]) == (1, 70)
    assert video["by_status"] == {"present": 1, "missing": 0}
    assert video["bytes_by_status"] == {"present": 70, "missing": 0}
    assert video["recent"] == {"last_24_hours": 1, "last_7_days": 1, "is_exact": True}
    assert (video["newest"]["id"], video["newest"]["name"]) == ("a", "a.mp4")
    assert 0 <= video["seconds_since_newest"] < 600
    assert stats["jobs"]["is_exact"]
    assert stats["jobs"]["total"] == sum(stats["jobs"]["by_status"].values())


async def test_a_collection_without_statistics_still_has_a_count(tmp_path: Path) -> None:
    settings = Settings.load(environ={}, data_dir=tmp_path, database_url="sqlite:///:memory:")
    app = create_app(settings, with_collections=[TOYS, PLAIN])
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        await client.post("/toys", json={"id": "t1", "path": "/a"})
        found = (await client.get("/stats")).json()["collections"]
    assert {name: one["count"] for name, one in found.items()} == {"toys": 1, "plain": 1}
    assert found["plain"]["bytes"] is None


async def test_the_queue_tells_what_runs_what_waits_and_who_works(site: Site) -> None:
    queue = site.services.queue
    running = await queue.submit("toy.wait")
    await site.began.wait()
    waiting = await queue.submit("toy.wait")
    await queue.submit("toy.wait", paused=True)
    seen = await site.get("/queue")
    assert seen["by_status"]["running"] == {
        "count": 1,
        "is_exact": True,
        "by_type": {"toy.wait": 1},
        "by_type_is_exact": True,
    }
    assert seen["waiting"] == {"ready": 1, "later": 0, "held": 1, "is_exact": True}
    assert seen["oldest_waiting"]["id"] == waiting
    assert seen["oldest_waiting"]["waiting_seconds"] >= 0
    (worker,) = seen["workers"]
    assert (worker["slots"], worker["running"]) == (3, 1)
    assert "toy.wait" in worker["takes"]
    assert seen["rates_per_minute"]["submitted"] >= 3 / 5
    assert seen["rates_per_minute"]["is_exact"]
    cancelled = await site.client.post(f"/queue/jobs/{waiting}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert (await site.get("/queue"))["oldest_waiting"] is None
    site.go.set()
    await queue.wait(running, 20)
    over = await site.get("/queue")
    assert over["by_status"]["completed"]["by_type"]["toy.wait"] == 1
    assert over["rates_per_minute"]["ended"] >= 2 / 5


async def test_what_is_held_back_is_named(site: Site) -> None:
    assert (await site.get("/queue"))["paused"] == {"everything": False, "items": []}
    await site.services.queue.pause()
    await site.services.queue.pause(type="video.scan")
    paused = (await site.get("/queue"))["paused"]
    assert paused["everything"]
    assert [one["type"] for one in paused["items"]] == [None, "video.scan"]


async def test_the_end_of_a_log_is_read_under_its_other_name(site: Site) -> None:
    async def talks(context: JobContext) -> None:
        for n in range(5):
            context.log(f"line {n}")

    site.services.queue.register_handler("toy.talks", talks)
    id = await site.services.queue.submit("toy.talks")
    await site.services.queue.wait(id, 20)
    log = await site.get(f"/logs/{id}?tail=2")
    assert [line["text"] for line in log["items"]] == ["line 3", "line 4"]
    assert (await site.client.get("/logs/absent?tail=2")).status_code == 404


async def test_kept_answers_are_counted_and_forgotten(site: Site) -> None:
    await AsyncVideoRepository(site.services.store).add(Video(path="/film.mp4"))
    for path in ("/videos", "/videos", "/videos?limit=1", "/roots"):
        assert (await site.client.get(path)).status_code == 200
    kept = await site.get("/cache")
    assert (kept["entries"], kept["hits"], kept["misses"]) == (3, 1, 3)
    assert 0 < kept["bytes"] < kept["limit_bytes"]
    assert 0 < kept["records_bytes"] < kept["limit_bytes"] // 2
    gone = await site.client.post("/cache/invalidate/videos*")
    assert gone.json() == {"forgotten": 2}
    assert (await site.client.post("/cache/invalidate/videos/search")).json() == {"forgotten": 0}
    assert (await site.client.post("/cache/clear")).json() == {"forgotten": 1}
    kept = await site.get("/cache")
    assert (kept["bytes"], kept["records_bytes"]) == (0, 0)


async def test_a_pattern_reaches_into_every_part_of_a_path(site: Site) -> None:
    for path in ("/videos", "/videos/search?q=x", "/roots"):
        await site.client.get(path)
    assert (await site.client.post("/cache/invalidate/vid*s%3Farch")).json() == {"forgotten": 1}
    assert (await site.client.post("/cache/invalidate//roots")).json() == {"forgotten": 1}
    assert (await site.client.post("/cache/invalidate/*")).json() == {"forgotten": 1}


@pytest.mark.parametrize("path", ["/cache/clear", "/cache/invalidate/videos*"])
async def test_who_may_only_read_forgets_nothing(tmp_path: Path, path: str) -> None:
    settings = Settings.load(
        environ={},
        data_dir=tmp_path,
        database_url="sqlite:///:memory:",
        require_tokens=True,
        tokens=["read:reader-0123456789", "write:writer-0123456789"],
    )
    app = create_app(settings, with_collections=[])
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        for secret, status in (("reader-0123456789", 403), ("writer-0123456789", 200)):
            answer = await client.post(path, headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == status
