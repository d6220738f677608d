"""A job's log as it grows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import stop_streams
from mustela.jobs import JobContext, Line
from mustela.system import log_stream
from tests.http.live import serving
from tests.jobs.rig import PATIENCE, until
from tests.system.jobs_server import Jobs, jobs_server


class Talker:
    """A job that says what it is told to."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[str | None] = asyncio.Queue()

    async def __call__(self, context: JobContext) -> None:
        while (word := await self.words.get()) is not None:
            context.log(word)


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncIterator[Jobs]:
    async with jobs_server(tmp_path) as found:
        yield found


@pytest.fixture
def talker(jobs: Jobs) -> Talker:
    talker = Talker()
    jobs.queue.register_handler("toy.talk", talker)
    return talker


class Streams:
    """Counts the logs that are being followed."""

    def __init__(self) -> None:
        self.open = 0

    async def followed(self, *args: Any) -> AsyncIterator[bytes]:
        self.open += 1
        try:
            async for chunk in log_stream.followed(*args):
                yield chunk
        finally:
            self.open -= 1


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    found = Streams()
    monkeypatch.setattr("mustela.system.jobs_routes.followed", found.followed)
    return found


@pytest.fixture
async def live(jobs: Jobs) -> AsyncIterator[httpx.AsyncClient]:
    """Its answers come in parts, as over a network."""
    async with (
        serving(jobs.app) as (host, port),
        httpx.AsyncClient(
            base_url=f"http://{host}:{port}/api/v1", timeout=PATIENCE, trust_env=False
        ) as client,
    ):
        yield client


async def test_a_log_is_followed_to_the_jobs_end(
    jobs: Jobs, talker: Talker, live: httpx.AsyncClient
) -> None:
    id = await jobs.queue.submit("toy.talk")
    talker.words.put_nowait("one")
    await until(lambda: jobs.queue.jobs.tail_log(id))
    async with live.stream("GET", f"/logs/{id}", params={"follow": True}) as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.aiter_lines()
        first = json.loads(await anext(lines))
        assert (first["text"], first["level"]) == ("one", "info")
        talker.words.put_nowait("two")
        assert json.loads(await anext(lines))["text"] == "two"
        for word in ("three", None):
            talker.words.put_nowait(word)
        rest = [json.loads(line) async for line in lines]
    assert [line["text"] for line in rest] == ["three"]
    assert rest[0]["number"] > first["number"]
    assert (await jobs.queue.get(id)).status == "completed"


async def test_what_was_said_before_is_sent_as_far_as_asked(jobs: Jobs, talker: Talker) -> None:
    id = await jobs.queue.submit("toy.talk")
    for word in ("one", "two", "three", None):
        talker.words.put_nowait(word)
    await jobs.queue.wait(id, PATIENCE)
    log = (await jobs.get(f"/jobs/{id}/logs"))["items"]

    async def followed(**params: Any) -> list[str]:
        answer = await jobs.client.get(f"/api/v1/jobs/{id}/logs", params={"follow": True, **params})
        return [json.loads(line)["text"] for line in answer.text.splitlines()]

    assert await followed() == ["one", "two", "three"]
    assert await followed(tail=2) == ["two", "three"]
    assert await followed(after=log[0]["number"], tail=1) == ["two", "three"]
    assert await followed(after=log[2]["number"]) == []
    head = await jobs.client.head(f"/api/v1/jobs/{id}/logs", params={"follow": True})
    assert (head.status_code, head.content) == (200, b"")
    absent = await jobs.client.get("/api/v1/jobs/absent/logs", params={"follow": True})
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")


async def test_a_run_elsewhere_is_followed_too(jobs: Jobs) -> None:
    run = await jobs.queue.open_run("imaging")
    await jobs.queue.jobs.append_log(run.id, [Line(1, "info", "half")])
    following = asyncio.create_task(
        jobs.client.get(f"/api/v1/jobs/{run.id}/logs", params={"follow": True})
    )
    await jobs.queue.finish_run(run.id, run.claim_id, "completed")
    assert [json.loads(line)["text"] for line in (await following).text.splitlines()] == ["half"]


async def test_a_client_that_goes_away_is_noticed(
    jobs: Jobs, talker: Talker, live: httpx.AsyncClient, streams: Streams
) -> None:
    id = await jobs.queue.submit("toy.talk")
    talker.words.put_nowait("one")
    async with live.stream("GET", f"/jobs/{id}/logs", params={"follow": True}) as answer:
        await anext(answer.aiter_lines())
        assert streams.open == 1
    await until(lambda: streams.open == 0)
    talker.words.put_nowait(None)
    assert (await jobs.queue.wait(id, PATIENCE)).status == "completed"


async def test_a_followed_log_ends_when_the_server_stops(
    jobs: Jobs, talker: Talker, live: httpx.AsyncClient
) -> None:
    id = await jobs.queue.submit("toy.talk")
    talker.words.put_nowait("one")
    async with live.stream("GET", f"/jobs/{id}/logs", params={"follow": True}) as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        stop_streams(jobs.app)
        assert [line async for line in lines] == []
    assert (await jobs.queue.get(id)).status == "running"
    talker.words.put_nowait(None)


async def test_while_nothing_is_said_an_empty_line_is_sent(
    jobs: Jobs, talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_stream, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(log_stream, "EMPTY_LINE_SECONDS", 0.0)
    id = await jobs.queue.submit("toy.talk")
    stream = log_stream.followed(jobs.queue, jobs.queue.jobs, id, [], 0, lambda: False)
    assert await anext(stream) == b"\n"
    talker.words.put_nowait(None)
    assert {chunk async for chunk in stream} <= {b"\n"}


async def test_followers_leave_half_of_the_places_to_others(
    tmp_path: Path, streams: Streams
) -> None:
    async with jobs_server(tmp_path, max_concurrent_requests=2) as jobs:
        run = await jobs.queue.open_run("imaging")
        path = f"/api/v1/jobs/{run.id}/logs?follow=true"
        following = asyncio.create_task(jobs.client.get(path))
        await until(lambda: streams.open == 1)
        assert (await jobs.client.get(path)).status_code == 503
        assert (await jobs.get(f"/jobs/{run.id}"))["status"] == "running"
        await jobs.queue.finish_run(run.id, run.claim_id, "completed")
        assert (await following).status_code == 200
