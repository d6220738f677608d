"""Pausing over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import create_app
from mustela.jobs import InMemoryJobQueue, JobContext, jobs_metadata
from mustela.settings import Settings
from mustela.store import AsyncStore


class Server:
    """A server whose jobs run when the test says so."""

    def __init__(self, client: httpx.AsyncClient, queue: InMemoryJobQueue) -> None:
        self.client = client
        self.queue = queue

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    store = AsyncStore.memory(jobs_metadata)
    queue = InMemoryJobQueue(store)
    settings = Settings.load(environ={}, data_dir=tmp_path)
    app = create_app(settings, store=store, job_queue=queue, with_collections=[])

    async def nothing(job: JobContext) -> None:
        pass

    queue.register_handler("toy", nothing)
    queue.register_handler("other", nothing)
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        app.router.lifespan_context(app),
    ):
        yield Server(client, queue)


async def test_the_queue_is_paused_and_resumed(server: Server) -> None:
    id = await server.queue.submit("toy")
    held = await server.post("/queue/pause")
    assert (held["everything"], held["items"][0]["type"]) == (True, None)
    assert held["items"][0]["at"].endswith("Z")
    assert await server.queue.drain() == []
    assert await server.post("/queue/resume", {}) == {"everything": False, "items": []}
    assert [job.id for job in await server.queue.drain()] == [id]


async def test_a_type_is_paused_and_resumed(server: Server) -> None:
    await server.queue.submit("toy")
    other = await server.queue.submit("other")
    held = await server.post("/queue/pause", {"type": "toy"})
    assert [one["type"] for one in held["items"]] == ["toy"]
    assert [job.id for job in await server.queue.drain()] == [other]
    assert (await server.post("/queue/resume"))["items"] != []
    assert (await server.post("/queue/resume", {"type": "toy"}))["items"] == []


@pytest.mark.parametrize("prefix", ["/jobs", "/queue/jobs"])
async def test_one_job_is_paused_and_resumed(server: Server, prefix: str) -> None:
    id = await server.queue.submit("toy")
    assert (await server.post(f"{prefix}/{id}/pause"))["paused"] is True
    assert await server.queue.drain() == []
    assert (await server.post(f"{prefix}/{id}/resume"))["paused"] is False
    assert [job.id for job in await server.queue.drain()] == [id]


async def test_what_cannot_be_paused_is_told(server: Server) -> None:
    problem = await server.post("/queue/pause", {"type": "toi"}, status=422)
    assert (problem["code"], "toy" in problem["detail"]) == ("unknown_job_type", True)
    assert (await server.post("/queue/pause", {"kind": "toy"}, status=422))["code"]
    for word in ("pause", "resume"):
        assert (await server.post(f"/jobs/nobody/{word}", status=404))["code"] == "not_found"


async def test_a_name_that_no_engine_keeps_is_refused(server: Server) -> None:
    for path in ("/queue/pause", "/queue/resume"):
        await server.post(path, {"type": "\0"}, 422)
