"""How the server tells of its own parts."""

from __future__ import annotations

import asyncio
import contextvars
import shutil
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Finding, Services
from mustela.files.root import AsyncRootRepository
from mustela.settings import Settings
from mustela.system import own_checks
from mustela.system.aside import Aside
from mustela.system.checkup import Checkup, checkup_of
from mustela.system.own_checks import disk_finding, free_bytes, watcher_finding


class Site:
    """A running server with a root, whose findings are never kept."""

    def __init__(self, client: httpx.AsyncClient, services: Services, films: Path) -> None:
        self.client = client
        self.services = services
        self.films = films

    def forget(self) -> None:
        self.services.parts[Checkup] = checkup_of(self.services, ())

    async def status(self, name: str) -> tuple[str, str]:
        self.forget()
        answer = await self.client.get(f"/services/status/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()["state"], answer.json()["message"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    films = tmp_path / "films"
    films.mkdir()
    settings = Settings.load(
        environ={}, data_dir=tmp_path / "data", services=["gone=tcp://127.0.0.1:1"]
    )
    app = create_app(settings, with_collections=[])
    provided: Any = app.user_middleware[0].kwargs["provided"]
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost/api/v1"
    )
    async with app.router.lifespan_context(app), client:
        (await client.post("/roots", json={"path": str(films)})).raise_for_status()
        yield Site(client, provided[SERVICES], films)


async def test_every_part_and_every_listed_service_has_a_state(site: Site) -> None:
    answer = await site.client.get("/services/status")
    assert answer.headers["cache-control"] == "no-store"
    found = {one["name"]: one for one in answer.json()["items"]}
    assert list(found) == ["store", "queue", "watcher", "disk", "roots", "gone"]
    assert {found[name]["kind"] for name in list(found)[:5]} == {"own"}
    assert (found["store"]["state"], found["store"]["message"]) == ("ok", "reads and writes")
    assert found["queue"]["message"] == "0 of 4 slots in use"
    assert found["roots"]["message"] == "1 of 1 can be listed"
    assert (found["gone"]["kind"], found["gone"]["state"]) == ("listed", "down")
    assert answer.json()["state"] == "down"
    for one in found.values():
        assert one["checked_at"].endswith("Z")
        assert one["latency_ms"] >= 0


async def test_an_unknown_service_is_404(site: Site) -> None:
    answer = await site.client.get("/services/status/odd")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_check_that_a_collection_adds_is_one_of_them(site: Site) -> None:
    async def archive() -> Finding:
        return Finding("degraded", "the tape is far away")

    site.services.checks["archive"] = archive
    assert await site.status("archive") == ("degraded", "the tape is far away")


async def test_a_root_without_events_is_told_with_what_happens_instead(site: Site) -> None:
    roots = site.services.repository(AsyncRootRepository)
    (root,) = await roots.list_roots()
    assert watcher_finding([root], enabled=False).message.startswith("roots are not watched")
    deaf = msgspec.structs.replace(root, watched=False, watch_note="no events on this root")
    assert watcher_finding([deaf], enabled=True) == ("degraded", "films: no events on this root")
    heard = msgspec.structs.replace(root, watched=True, watch_note=None)
    assert watcher_finding([heard], enabled=True) == ("ok", "1 of 1 roots are watched")
    assert (await site.status("watcher"))[0] in {"ok", "degraded"}


async def test_a_probe_changes_nothing_and_announces_nothing(site: Site) -> None:
    state = site.services.store.state()
    assert (await site.status("store"))[0] == "ok"
    assert site.services.store.state() == state


async def test_a_writer_that_somebody_holds_is_degraded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_checks, "WRITER_SECONDS", 0.05)
    async with site.services.store.transaction():
        # A request knows nothing of this test's transaction.
        probe = asyncio.create_task(site.status("store"), context=contextvars.Context())
        state, message = await probe
    assert state == "degraded"
    assert "writer" in message


async def test_a_closed_store_is_down(site: Site) -> None:
    await site.services.store.close()
    site.forget()
    found = await site.services.parts[Checkup].one("store")
    assert found.state == "down"


async def test_a_queue_that_takes_no_jobs_is_down(tmp_path: Path) -> None:
    settings = Settings.load(environ={}, data_dir=tmp_path, database_url="sqlite:///:memory:")
    app = create_app(settings, with_collections=[])
    provided: Any = app.user_middleware[0].kwargs["provided"]
    services: Services = provided[SERVICES]
    found = await services.parts[Checkup].one("queue")
    assert (found.state, found.message) == ("down", "this process takes no jobs")


async def test_a_queue_that_stumbles_is_degraded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(site.services.queue), "problem", "the disk is full")
    assert await site.status("queue") == ("degraded", "the disk is full")


async def test_a_root_that_is_gone_empty_or_another_is_told_by_name(site: Site) -> None:
    second = site.films.parent / "more"
    second.mkdir()
    (await site.client.post("/roots", json={"path": str(second)})).raise_for_status()
    site.films.rmdir()
    state, message = await site.status("roots")
    assert state == "degraded"
    assert message.startswith("films: the directory")
    (site.films.parent / "elsewhere").mkdir()  # takes the number that has become free
    site.films.mkdir()
    state, message = await site.status("roots")
    assert (state, "another directory stands at" in message) == ("degraded", True)
    shutil.rmtree(second)
    assert (await site.status("roots"))[0] == "down"


async def test_a_root_that_hangs_does_not_hold_the_answer_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(own_checks, "ROOT_SECONDS", 0.05)
    monkeypatch.setattr(own_checks, "inspect", lambda path: release.wait(30))
    state, message = await site.status("roots")
    release.set()
    assert (state, "does not answer" in message) == ("down", True)


@pytest.mark.parametrize(
    ("free", "state"), [(2 * 1024**3, "ok"), (500 * 1024**2, "degraded"), (1024, "down")]
)
def test_a_disk_is_judged_by_its_free_room(free: int, state: str) -> None:
    found = disk_finding(free)
    assert found.state == state
    assert "GiB free" in found.message


def test_room_is_looked_for_where_a_directory_will_be(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0


async def test_a_queue_of_another_kind_is_said_to_be_elsewhere(site: Site) -> None:
    class Elsewhere:
        """No queue of this process."""

    queue: Any = Elsewhere()
    services = replace(site.services, queue=queue)
    assert (await own_checks.own_checks(services, Aside())["queue"]()).state == "ok"
