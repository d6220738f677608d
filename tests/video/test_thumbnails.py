"""Which picture is given for which video, whatever happens to the files meanwhile."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.settings import Settings
from mustela.video.repository import AsyncVideoRepository
from mustela.video.scan_jobs import submit_thumbnails
from mustela.video.scan_target import VideoScanTarget
from tests.make_video import BLUE, RED, Colour, Quarters, make_video

LONG_AGO = 1_700_000_000


class Films:
    """A server over two clips, one red and one blue, without their thumbnails yet."""

    def __init__(self, client: httpx.AsyncClient, directory: Path, services: Services) -> None:
        self.client = client
        self.directory = directory
        self.services = services
        self.pictures = services.picture_store.directory

    async def scan(self) -> None:
        videos = self.services.repository(AsyncVideoRepository)
        (root,) = await self.services.repository(AsyncRootRepository).list_roots()
        target = VideoScanTarget(videos)
        await scan(self.services.store, self.services.children, target, root.id)

    async def get(self, name: str, what: str) -> httpx.Response:
        found = await self.client.get("/api/v1/videos", params={"filename": name})
        (video,) = found.json()["items"]
        return await self.client.get(f"/api/v1/videos/{video['id']}/{what}")


def colour(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as picture:
        pixel: Any = picture.convert("RGB").getpixel((5, 5))
    return "red" if pixel[0] > pixel[2] else "blue"


def plain(colour: Colour, number: int, of: int) -> Quarters:
    return (colour, colour, colour, colour)


@pytest.fixture
async def films(tmp_path: Path) -> AsyncIterator[Films]:
    directory = tmp_path / "films"
    directory.mkdir()
    for age, (name, shown) in enumerate({"red.mp4": RED, "blue.mp4": BLUE}.items()):
        path = directory / name
        make_video(path, frames=12, size=(128, 64), paint=partial(plain, shown))
        os.utime(path, (LONG_AGO + age, LONG_AGO + age))
    settings = Settings.load(environ={}, data_dir=tmp_path / "data", children=1)
    app = create_app(settings)
    provided: Any = app.user_middleware[0].kwargs["provided"]
    services: Services = provided[SERVICES]
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://localhost",
        ) as client,
    ):
        films = Films(client, directory, services)
        await services.repository(AsyncRootRepository).add(
            inspect(directory), collections=["video"]
        )
        await films.scan()
        yield films


async def test_a_file_that_changed_since_its_scan_gives_no_picture_in_its_name(
    films: Films,
) -> None:
    red, blue = films.directory / "red.mp4", films.directory / "blue.mp4"
    red.rename(films.directory / "aside")
    blue.rename(red)
    (films.directory / "aside").rename(blue)
    for what in ("thumbnail", "sprite"):
        refused = await films.get("red.mp4", what)
        assert (refused.status_code, refused.json()["code"]) == (404, "no_picture")
    await films.scan()
    for what in ("thumbnail", "sprite"):
        assert colour(await films.get("red.mp4", what)) == "blue"
        assert colour(await films.get("blue.mp4", what)) == "red"


async def test_a_file_that_was_only_touched_gives_its_picture(films: Films) -> None:
    os.utime(films.directory / "red.mp4", (LONG_AGO + 9, LONG_AGO + 9))
    assert colour(await films.get("red.mp4", "thumbnail")) == "red"


async def test_a_file_that_ends_whoever_reads_it_gets_a_placeholder(
    films: Films, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = films.services.children
    run = children.run

    async def crashing(function: str, *arguments: object, **options: Any) -> Any:
        if function.endswith(":make_thumbnail"):
            return await run("tests.files.child_functions:crash", **options)
        return await run(function, *arguments, **options)

    monkeypatch.setattr(children, "run", crashing)
    answer = await films.get("red.mp4", "thumbnail")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    monkeypatch.undo()
    assert (await films.get("red.mp4", "thumbnail")).content == answer.content
    assert colour(await films.get("blue.mp4", "thumbnail")) == "blue"


async def test_pictures_that_were_lost_or_half_written_are_made_again(films: Films) -> None:
    for what in ("thumbnail", "sprite"):
        await films.get("red.mp4", what)
    kept = [path for path in films.pictures.rglob("*.*") if path.is_file()]
    assert {path.suffix for path in kept} == {".jpg", ".json"}
    for empty in (False, True):
        for broken in kept:
            broken.unlink()
            if empty:
                broken.touch()
            assert colour(await films.get("red.mp4", "thumbnail")) == "red"
            assert colour(await films.get("red.mp4", "sprite")) == "red"


async def test_each_scan_has_its_thumbnails_though_those_of_another_are_being_made(
    films: Films,
) -> None:
    queue = films.services.queue
    first, second = [await submit_thumbnails(queue, scan) for scan in ("scan-1", "scan-2")]
    assert first != second
    for id in (first, second):
        assert (await queue.wait(id, 60)).status == "completed"
    listed = (await films.client.get("/api/v1/videos")).json()["items"]
    assert all(video["thumbnail_path"] for video in listed)
