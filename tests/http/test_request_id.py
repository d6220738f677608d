"""One id leads from an answer to the log and the audit, and from a job to its request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.jobs.context import JobContext
from mustela.logs import start_logging
from mustela.settings import Settings
from mustela.store import acting_as
from mustela.store.errors import DiskFault
from mustela.video.collection import VIDEO
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository
from tests.http.toy_collection import TOYS

log = logging.getLogger("mustela.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging as it was."""
    handlers, level = list(logging.root.handlers), logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


class Site:
    def __init__(self, client: httpx.AsyncClient, services: Services) -> None:
        self.client = client
        self.services = services


@asynccontextmanager
async def serving(tmp_path: Path, **explicit: Any) -> AsyncIterator[Site]:
    settings = Settings.load(
        environ={},
        data_dir=tmp_path,
        database_url="sqlite:///:memory:",
        log_format="json",
        access_log=True,
        **explicit,
    )
    for handler in list(logging.root.handlers):  # pytest's own would be closed
        logging.root.removeHandler(handler)
    start_logging(settings)
    app = create_app(settings, with_collections=[VIDEO, TOYS])
    provided: Any = app.user_middleware[0].kwargs["provided"]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        yield Site(client, provided[SERVICES])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the server logged; the client of these tests logs too."""
    said = [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines()]
    return [one for one in said if one["logger"] != "httpx"]


async def test_one_id_stands_in_answer_log_problem_and_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(tmp_path) as site:
        await site.services.repository(AsyncVideoRepository).add(Video(id="a", path="/a.mp4"))
        headers = {"X-Request-Id": "page-7"}
        edited = await site.client.patch("/videos/a", json={"rating": 4}, headers=headers)
        assert edited.headers["x-request-id"] == "page-7"
        audit = (await site.client.get("/audit?record=a")).json()["items"]
        assert [one["request_id"] for one in audit] == ["page-7", None]
        broken = await site.client.get("/toys/t1/broken")
        said = lines(capsys)
    problem = broken.json()
    assert (broken.status_code, problem["code"]) == (500, "internal_error")
    assert problem["request_id"] == broken.headers["x-request-id"]
    of_broken = [one for one in said if one.get("request_id") == problem["request_id"]]
    assert {one["logger"] for one in of_broken} == {"mustela.http", "mustela.access"}
    assert any("the secret of t1" in one.get("exception", "") for one in of_broken)
    (access,) = [one for one in said if one.get("request_id") == "page-7"]
    assert (access["method"], access["status"]) == ("PATCH", 200)


async def test_every_line_of_a_request_has_its_id_also_from_threads_and_tasks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def talks(self: Any) -> list[Any]:
        log.info("here")
        await asyncio.to_thread(log.info, "in a thread")
        await asyncio.create_task(_say("in a task"))
        raise DiskFault("the disk is gone")

    async with serving(tmp_path) as site:
        monkeypatch.setattr("mustela.system.services_routes.Checkup.every", talks)
        answer = await site.client.get("/services/status")
        said = lines(capsys)
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_fault")
    id = answer.json()["request_id"]
    assert {one.get("request_id") for one in said} == {id}
    texts = [one["message"] for one in said]
    assert texts[:3] == ["here", "in a thread", "in a task"]
    assert len(texts) == 5  # the fault, and the access


async def _say(text: str) -> None:
    log.info(text)


async def test_what_a_job_logs_names_the_job_and_the_request_that_asked_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails(context: JobContext) -> None:
        log.warning("at work")
        raise ZeroDivisionError

    async with serving(tmp_path) as site:
        queue = site.services.queue
        queue.register_handler("toy.fails", fails)

        with acting_as("user:ann", "page-8"):
            id = await queue.submit("toy.fails")
        await queue.wait(id, 20)
        said = [one for one in lines(capsys) if one["logger"] != "mustela.access"]
    assert [one["message"].split()[0] for one in said] == ["at", "job"]
    assert {(one["job_id"], one["request_id"]) for one in said} == {(id, "page-8")}


async def test_an_answer_that_is_cut_short_is_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: Any) -> AsyncIterator[bytes]:
        yield b"the beginning"
        yield b"more"
        raise DiskFault("the disk is gone")

    async with serving(tmp_path) as site:
        monkeypatch.setattr("mustela.http.exporting.written", broken)
        answer = await site.client.get("/videos/export")
        said = lines(capsys)
    cut = [one for one in said if "cut short" in one["message"]]
    assert [one["request_id"] for one in cut] == [answer.headers["x-request-id"]]


def test_a_line_for_people_ends_with_what_it_was_logged_for(
    capsys: pytest.CaptureFixture[str],
) -> None:

    for handler in list(logging.root.handlers):
        logging.root.removeHandler(handler)
    start_logging(Settings(data_dir=Path("unused")))
    with acting_as("job:j1", "page-9"):
        log.warning("slow")
    assert capsys.readouterr().err.endswith("mustela.test: slow [request page-9] [job j1]\n")
