"""Metrics, as Prometheus reads them."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

import mustela
from mustela.app import create_app
from mustela.http.request_figures import BOUNDS, RequestFigures
from mustela.settings import Settings
from mustela.video.collection import VIDEO
from tests.docs.pages import DOCS, rows

OWN = {"process": str(os.getpid())}


class Scraped:
    """The samples of one exposition."""

    def __init__(self, text: str) -> None:
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        return self.samples.get((f"mustela_{name}", frozenset(labels.items())))

    def own(self, name: str, **labels: str) -> float | None:
        return self.value(name, **OWN, **labels)


class Site:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def scrape(self) -> Scraped:
        answer = await self.client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        return Scraped(answer.text)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = Settings.load(environ={}, data_dir=tmp_path / "data", concurrency=3)
    app = create_app(settings, with_collections=[VIDEO])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        yield Site(client)


async def test_requests_are_counted_by_the_template_of_their_route(site: Site) -> None:
    for path in ("/videos/a", "/videos/b", "/videos", "/videos", "/videos"):
        await site.client.get(path)
    await site.client.head("/videos")
    await site.client.patch("/videos/a", json={"rating": 9})
    await site.client.get("/nowhere/at/all")
    await site.client.request("BREW", "/videos")
    found = await site.scrape()

    def requests(method: str, route: str, status: str) -> float | None:
        return found.own("http_requests_total", method=method, route=route, status=status)

    assert requests("GET", "/api/v1/videos/{id}", "404") == 2
    assert requests("GET", "/api/v1/videos", "200") == 3  # two of them were kept
    assert requests("HEAD", "/api/v1/videos", "200") == 1
    assert requests("PATCH", "/api/v1/videos/{id}", "422") == 1
    assert requests("GET", "none", "404") == 1
    assert requests("other", "none", "405") == 1
    assert found.own("http_requests_active") == 1
    assert found.own("answers_hits_total") == 3
    labels = {"method": "GET", "route": "/api/v1/videos"}
    count = found.own("http_request_duration_seconds_count", **labels)
    assert count == found.own("http_request_duration_seconds_bucket", le="+Inf", **labels) == 3
    assert found.own("http_request_duration_seconds_sum", **labels) is not None


async def test_a_parameter_makes_no_series(site: Site) -> None:
    await site.client.post("/cache/invalidate/videos/secret")
    found = await site.scrape()
    route = "/api/v1/cache/invalidate/{pattern}"
    counted = found.own("http_requests_total", method="POST", route=route, status="200")
    assert counted == 1
    assert "secret" not in str(found.samples)


async def test_the_catalog_its_jobs_and_the_parts_of_the_server_are_told(
    site: Site, tmp_path: Path
) -> None:
    before = await site.scrape()
    (tmp_path / "films").mkdir()
    root = (await site.client.post("/roots", json={"path": str(tmp_path / "films")})).json()
    job = (await site.client.post("/videos/scan", json={"path": root["path"]})).json()["job_id"]
    await site.client.get(f"/jobs/{job}/wait?timeout=30")
    found = await site.scrape()
    assert (
        found.value("build_info", version=mustela.__version__, python=platform.python_version())
        == 1
    )
    assert found.value("items", collection="video", status="missing") == 0
    assert found.value("items_bytes", collection="video", status="present") == 0
    assert found.value("jobs", status="completed") == 1
    assert found.value("jobs_kept") == 1
    assert found.value("jobs_oldest_waiting_seconds") == 0
    assert found.own("queue_slots") == 3
    assert found.own("queue_active") == 0
    for name in ("store_units_total", "store_commits_total", "store_commit_seconds_total"):
        assert (found.own(name) or 0) > (before.own(name) or 0)
    assert (found.value("events_total") or 0) > (before.value("events_total") or 0)
    assert found.value("service_state", service="store", state="ok") == 1
    assert found.value("service_state", service="store", state="down") == 0
    assert ("process_open_fds", frozenset(OWN.items())) in found.samples


async def test_two_servers_in_one_process_count_for_themselves(site: Site, tmp_path: Path) -> None:
    settings = Settings.load(environ={}, data_dir=tmp_path, database_url="sqlite:///:memory:")
    other = create_app(settings, with_collections=[])
    await site.client.get("/videos")
    transport = httpx.ASGITransport(other)
    async with (
        other.router.lifespan_context(other),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        found = Scraped((await client.get("/metrics")).text)
    assert not [name for name, _ in found.samples if name == "mustela_http_requests_total"]
    assert not [one.name for one in REGISTRY.collect() if one.name.startswith("mustela")]


async def test_metrics_need_the_role_that_reading_needs(tmp_path: Path) -> None:
    settings = Settings.load(
        environ={},
        data_dir=tmp_path,
        database_url="sqlite:///:memory:",
        require_tokens=True,
        tokens=["read:reader-0123456789"],
    )
    app = create_app(settings, with_collections=[])
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        assert (await client.get("/metrics")).status_code == 401
        headers = {"Authorization": "Bearer reader-0123456789"}
        assert (await client.get("/metrics", headers=headers)).status_code == 200


async def test_every_metric_is_documented_with_its_kind_and_labels(site: Site) -> None:
    await site.client.get("/videos")
    text = (await site.client.get("/metrics")).text
    found = {
        family.name + "_total" * (family.type == "counter"): (
            family.type,
            {label for one in family.samples for label in one.labels} - {"le"},
        )
        for family in text_string_to_metric_families(text)
        if family.name.startswith("mustela")
    }
    page = DOCS / "reference" / "system.md"
    shown = {
        row[0].strip("`"): (row[1], set(re.findall(r"`(\w+)`", row[2])))
        for row in rows(page, titles=("metric", "kind", "labels", "what"))
    }
    assert shown == found


def test_durations_fall_into_classes() -> None:
    figures = RequestFigures()
    scope: dict[str, Any] = {"type": "http"}
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] + 1e-9, 99.0):
        figures.add(scope, "GET", 200, seconds)
    (one,) = figures.series()
    assert (one.method, one.route, one.status) == ("GET", "none", 200)
    assert (one.counts[:2], one.counts[-1], sum(one.counts)) == ([2, 1], 1, 4)
    assert one.seconds == pytest.approx(99.002)
