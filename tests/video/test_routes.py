"""Videos over HTTP, on the whole server with a real directory of small clips."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from PIL import Image

from mustela.app import create_app
from mustela.files.children import Children
from mustela.http.paging import write_cursor
from mustela.settings import Settings
from mustela.store.listing import Cursor
from tests.in_process import InProcess
from tests.make_video import make_video

LONG_AGO = 1_700_000_000
CLIPS = ("Lisbon/tram 28.mp4", "Lisbon/river.mp4", "beach.mp4")


class Library:
    """A running server that has scanned a directory."""

    def __init__(self, client: httpx.AsyncClient, directory: Path) -> None:
        self.client = client
        self.directory = directory

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", **options)

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.request(method, f"/api/v1{path}", **options)

    async def scan(self) -> dict[str, Any]:
        answer = await self.send("POST", "/videos/scan", json={"path": str(self.directory)})
        assert answer.status_code == 202
        url = answer.headers["location"]
        job = (await self.client.get(f"{url}/wait", params={"timeout": 60})).json()
        assert job["id"] == answer.json()["job_id"]
        assert job["status"] == "completed", job
        result: dict[str, Any] = job["result"]
        return result

    async def idle(self) -> None:
        """Wait until no job runs any more (thumbnails follow a scan)."""
        for job in (await self.get("/jobs")).json()["items"]:
            await self.get(f"/jobs/{job['id']}/wait", params={"timeout": 60})

    async def find(self, words: str) -> dict[str, Any]:
        found = (await self.get("/videos/search", params={"q": words})).json()
        (item,) = found["items"]
        one: dict[str, Any] = item
        return one


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("films")
    for name in CLIPS:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        make_video(path, frames=12, size=(128, 64))
    (directory / "notes.txt").write_text("not media")
    (directory / "broken.mp4").write_bytes(b"nothing of the kind")
    for path in directory.rglob("*.*"):
        os.utime(path, (LONG_AGO, LONG_AGO))  # a fresh file may still be growing: a scan waits
    return directory


@pytest.fixture
async def library(
    films: Path, tmp_path: Path, unmeasured_processes: None
) -> AsyncIterator[Library]:
    async with scanned(films, tmp_path, InProcess) as library:
        yield library


@pytest.fixture
async def library_with_children(films: Path, tmp_path: Path) -> AsyncIterator[Library]:
    """The same, with real child processes."""
    async with scanned(films, tmp_path, Children) as library:
        yield library


@asynccontextmanager
async def scanned(films: Path, tmp_path: Path, children: type[Children]) -> AsyncIterator[Library]:
    directory = shutil.copytree(films, tmp_path / "films")
    settings = Settings.load(environ={}, data_dir=tmp_path / "data", children=1)
    with patch("mustela.app.Children", children):
        app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        library = Library(client, directory)
        answer = await library.send("POST", "/roots", json={"path": str(directory)})
        assert answer.status_code == 201
        result = await library.scan()
        assert (result["catalogued"], result["failed"], result["not_media"]) == (3, 1, 1)
        yield library
        await library.idle()


async def test_half_a_surrogate_is_a_problem_of_the_request(library: Library) -> None:
    """JSON can write one; percent signs cannot, and what they say is replaced."""
    video = (await library.get("/videos?limit=1")).json()["items"][0]["id"]
    cursor = base64.urlsafe_b64encode(b'["\\ud800","a"]').decode().rstrip("=")
    body = {"headers": {"content-type": "application/json"}}
    answers = [
        await library.send("PATCH", f"/videos/{video}", content=b'{"note": "\\ud800"}', **body),
        await library.send("PATCH", f"/videos/{video}", content=b'{"tags": ["\\ud800"]}', **body),
        await library.send("POST", "/videos/scan", content=b'{"path": "/\\ud800"}', **body),
        await library.send("POST", "/roots", content=b'{"path": "/\\ud800"}', **body),
        await library.get("/videos", params={"sort": "filename", "cursor": cursor}),
        await library.get("/videos/%ED%A0%80"),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]
    for path in ("/videos?codec=%ED%A0%80", "/videos/search?q=%ED%A0%80"):
        answer = await library.get(path)
        assert (answer.status_code, answer.json()["total"]) == (200, 0)


async def test_a_scanned_directory_is_listed_searched_and_filtered(
    library_with_children: Library,
) -> None:
    library = library_with_children
    page = (await library.get("/videos")).json()
    assert page["total"] == 3
    assert page["total_is_exact"] is True
    assert {item["filename"] for item in page["items"]} == {Path(name).name for name in CLIPS}
    found = (await library.get("/videos/search", params={"q": "LISBON 28"})).json()
    assert [item["filename"] for item in found["items"]] == ["tram 28.mp4"]
    tall = (await library.get("/videos", params={"min_height": 65})).json()
    assert tall["items"] == []
    assert (await library.get("/videos", params={"codec": "h264"})).json()["total"] == 3


async def test_pages_are_followed_by_their_next(library: Library) -> None:
    names: list[str] = []
    url = "/api/v1/videos?limit=2&sort=filename"
    while url:
        page = (await library.client.get(url)).json()
        names += [item["filename"] for item in page["items"]]
        url = page["next"]
    assert names == sorted(Path(name).name for name in CLIPS)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/videos?min_height=tall", "invalid_request"),
        ("/videos?min_heigth=3", "invalid_request"),
        ("/videos?min_height=1&min_height=2", "invalid_request"),
        ("/videos?recorded_after=2026-01-01T00:00:00", "invalid_request"),
        ("/videos?max_duration_seconds=inf", "invalid_request"),
        ("/videos?codec=a%00b", "invalid_request"),
        ("/videos?sort=secret", "invalid_request"),
        ("/videos?limit=0", "invalid_request"),
        ("/videos?cursor=x", "bad_cursor"),
        ("/videos/export?format=exe", "invalid_request"),
        ("/videos/nobody", "not_found"),
        ("/videos/nobody/history", "not_found"),
        ("/videos/nobody/stream", "not_found"),
        ("/videos/nobody/thumbnail", "not_found"),
        ("/videos/search?q=" + "+".join(f"w{n}" for n in range(70)), "too_many_words"),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(
    library: Library, path: str, code: str
) -> None:
    answer = await library.get(path)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["detail"]


async def test_what_people_say_is_kept_told_and_undone(library: Library) -> None:
    id = (await library.find("tram"))["id"]
    edited = await library.send(
        "PATCH", f"/videos/{id}", json={"tags": ["yellow", " yellow "], "rating": 5, "note": "!"}
    )
    assert (edited.json()["tags"], edited.json()["rating"]) == (["yellow"], 5)
    assert (await library.get("/videos", params={"tag": "yellow"})).json()["total"] == 1
    assert (await library.get(f"/videos/{id}")).json()["note"] == "!"
    entry, *_ = (await library.get(f"/videos/{id}/history")).json()
    assert (entry["action"], entry["actor"]) == ("update", "user:local")
    assert entry["before"] == {"note": None, "rating": None, "tags": "[]"}
    await library.scan()
    assert (await library.get(f"/videos/{id}")).json()["rating"] == 5
    refusals: list[Any] = [{"rating": 6}, {"tags": [""]}, {"path": "/x"}, {"rating": "5"}, []]
    for wrong in refusals:
        refused = await library.send("PATCH", f"/videos/{id}", json=wrong)
        assert refused.status_code == 422, wrong


async def test_a_deleted_video_stays_out_though_its_file_stays(library: Library) -> None:
    id = (await library.find("beach"))["id"]
    assert (await library.send("DELETE", f"/videos/{id}")).status_code == 204
    assert (await library.send("DELETE", f"/videos/{id}")).status_code == 404
    assert (library.directory / "beach.mp4").exists()
    await library.scan()
    assert (await library.get("/videos")).json()["total"] == 2
    assert (await library.get(f"/videos/{id}/history")).json()[0]["action"] == "delete"


async def test_a_file_that_moved_keeps_its_id_and_a_vanished_one_is_missing(
    library: Library,
) -> None:
    tram, beach = await library.find("tram"), await library.find("beach")
    await library.send("PATCH", f"/videos/{tram['id']}", json={"rating": 3})
    (library.directory / "Lisbon/tram 28.mp4").rename(library.directory / "yellow.mp4")
    (library.directory / "beach.mp4").unlink()
    result = await library.scan()
    assert result["missing"] >= 1
    moved = await library.find("yellow")
    gone = (await library.get(f"/videos/{beach['id']}")).json()
    ids = {moved["id"]: moved["rating"], gone["id"]: gone["missing_since"]}
    assert ids[tram["id"]] == 3
    assert ids[beach["id"]] is not None
    assert (await library.get("/videos", params={"missing": True})).json()["total"] == 1


async def test_a_scan_tells_which_files_it_could_not_read(library: Library) -> None:
    jobs = (await library.get("/jobs", params={"type": "video.scan"})).json()["items"]
    answer = (await library.get(f"/jobs/{jobs[0]['id']}/errors")).json()
    assert answer["error"] is None
    (failure,) = answer["items"]
    assert (failure["path"], failure["stage"]) == ("broken.mp4", "open")
    assert failure["message"]
    assert (await library.get("/jobs/nobody/errors")).status_code == 404


async def test_a_stream_can_be_sought_in(library: Library) -> None:
    video = await library.find("beach")
    data = (library.directory / "beach.mp4").read_bytes()
    url = f"/videos/{video['id']}/stream"
    whole = await library.get(url)
    assert whole.content == data
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    part = await library.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, data[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(data)}"
    stale = await library.get(url, headers={"Range": "bytes=10-19", "If-Range": '"other"'})
    assert (stale.status_code, len(stale.content)) == (200, len(data))
    beyond = await library.get(url, headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    head = await library.send("HEAD", url)
    assert (head.headers["content-length"], head.content) == (str(len(data)), b"")
    saved = await library.get(url, params={"download": True})
    assert saved.headers["content-disposition"].startswith("attachment")
    (library.directory / "beach.mp4").unlink()
    assert (await library.get(url)).json()["code"] == "file_missing"


async def test_a_link_out_of_the_root_is_not_served(library: Library, tmp_path: Path) -> None:
    video = await library.find("beach")
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    (library.directory / "beach.mp4").unlink()
    (library.directory / "beach.mp4").symlink_to(secret)
    refused = await library.get(f"/videos/{video['id']}/stream")
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_roots")


async def test_pictures_are_made_where_there_are_none(library: Library) -> None:
    await library.idle()
    video = await library.find("beach")
    assert video["thumbnail_path"]
    answer = await library.get(f"/videos/{video['id']}/thumbnail")
    assert answer.headers["content-type"] == "image/jpeg"
    assert max(Image.open(io.BytesIO(answer.content)).size) == 320
    again = await library.get(
        f"/videos/{video['id']}/thumbnail", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    sheet = await library.get(f"/videos/{video['id']}/sprite")
    assert sheet.headers["content-type"] == "image/jpeg"
    track = await library.get(f"/videos/{video['id']}/sprite.vtt")
    assert track.text.startswith("WEBVTT")
    assert f"/api/v1/videos/{video['id']}/sprite#xywh=" in track.text


async def test_exports_hold_what_the_filters_select(library: Library) -> None:
    rows = list(csv.DictReader(io.StringIO((await library.get("/videos/export")).text)))
    assert {row["filename"] for row in rows} == {Path(name).name for name in CLIPS}
    assert rows[0]["created_at"].endswith("Z")
    chosen = await library.get("/videos/export", params={"format": "json", "q": "lisbon"})
    assert len(json.loads(chosen.text)) == 2
    nothing = await library.get("/videos/export", params={"format": "json", "min_rating": 1})
    assert json.loads(nothing.text) == []
    playlist = await library.get("/videos/export", params={"format": "m3u", "q": "beach"})
    assert playlist.text.splitlines()[0] == "#EXTM3U"
    assert playlist.text.splitlines()[-1] == str(library.directory / "beach.mp4")


async def test_an_unchanged_answer_is_not_sent_again(library: Library) -> None:
    await library.idle()
    video = await library.find("beach")
    for url in ("/videos", f"/videos/{video['id']}", "/videos/search?q=beach"):
        first = await library.get(url)
        same = await library.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
    first = await library.get("/videos")
    await library.send("PATCH", f"/videos/{video['id']}", json={"rating": 2})
    fresh = await library.get("/videos", headers={"If-None-Match": first.headers["etag"]})
    assert fresh.status_code == 200
    assert 2 in [item["rating"] for item in fresh.json()["items"]]


async def test_a_directory_outside_of_all_roots_is_not_scanned(
    library: Library, tmp_path: Path
) -> None:
    refused = await library.send("POST", "/videos/scan", json={"path": str(tmp_path)})
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_roots")


async def test_an_edit_is_undone_by_its_audit_entry(library: Library) -> None:
    id = (await library.find("tram"))["id"]
    await library.send("PATCH", f"/videos/{id}", json={"rating": 5, "note": "fine"})
    entry = (await library.get("/audit", params={"record": id, "limit": 1})).json()["items"][0]
    await library.send("PATCH", f"/videos/{id}", json={"note": "finer"})
    refused = await library.send("POST", f"/audit/{entry['id']}/revert")
    assert (refused.status_code, refused.json()["code"]) == (409, "revert_conflict")
    assert refused.json()["conflicts"] == [
        {"record": id, "field": "note", "expected": "fine", "found": "finer"}
    ]
    await library.send("PATCH", f"/videos/{id}", json={"note": "fine"})
    undone = await library.send("POST", f"/audit/{entry['change_id']}/revert")
    assert undone.status_code == 200
    assert (await library.find("tram"))["rating"] is None
    again = await library.send("POST", f"/audit/{undone.json()['change_id']}/revert")
    assert again.status_code == 200
    assert (await library.find("tram"))["rating"] == 5
    for wrong in ("999999999", "nothing"):
        assert (await library.send("POST", f"/audit/{wrong}/revert")).status_code == 404


@pytest.mark.parametrize(("value", "id"), [(1, "one"), (1, "9" * 19), ("now", "1"), (None, "1")])
async def test_a_made_up_cursor_of_the_audit_is_refused(
    library: Library, value: object, id: str
) -> None:
    cursor = write_cursor(Cursor(value, id), "-at")
    answer = await library.get("/audit", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_the_audit_is_paged_and_filtered(library: Library) -> None:
    await library.idle()
    first = (await library.get("/audit", params={"topic": "video", "limit": 2})).json()
    assert first["total"] == 3
    rest = (await library.client.get(first["next"])).json()
    ids = [entry["id"] for entry in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    assert (await library.get("/audit", params={"actor": "nobody"})).json()["items"] == []
    later = {"since": "2999-01-01T00:00:00Z"}
    assert (await library.get("/audit", params=later)).json()["total"] == 0


async def test_a_removed_root_comes_back_with_its_videos(library: Library) -> None:
    id = (await library.find("beach"))["id"]
    await library.send("PATCH", f"/videos/{id}", json={"rating": 4})
    (root,) = (await library.get("/roots")).json()["items"]
    await library.send("DELETE", f"/roots/{root['id']}")
    (gone,) = (await library.get("/audit", params={"topic": "roots", "limit": 1})).json()["items"]
    assert (await library.send("POST", f"/audit/{gone['change_id']}/revert")).status_code == 200
    assert (await library.find("beach"))["rating"] == 4
    assert (await library.scan())["unchanged"] == 3


async def test_a_root_goes_with_its_videos(library: Library) -> None:
    (root,) = (await library.get("/roots")).json()["items"]
    assert (await library.send("DELETE", f"/roots/{root['id']}")).status_code == 204
    assert (await library.get("/videos")).json()["total"] == 0
    assert (library.directory / "beach.mp4").exists()
