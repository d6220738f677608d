"""The server with a collection that Mustela does not know, from a directory to the list."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import branches, create_app
from mustela.collection import Collection
from mustela.settings import Settings
from mustela.store.migrations.verify import verify
from mustela_notes.collection import NOTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "today.md").write_text("\n# What I saw today\n\nA stoat.\n")
    (folder / "list.txt").write_text("eggs\nmilk\n")
    (folder / "broken.txt").write_bytes(b"\xff\xfe\xff")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(NOTES, tmp_path / "data") as opened:
        yield opened


@asynccontextmanager
async def serving(collection: Collection, data: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings.load(environ={}, data_dir=data, children=1)
    app = create_app(settings, with_collections=[collection])
    url = "http://localhost/api/v1/"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url) as opened,
    ):
        yield opened


async def add_root(client: httpx.AsyncClient, folder: Path) -> str:
    answer = await client.post("roots", json={"path": str(folder)})
    assert answer.status_code == 201, answer.text
    root_id: str = answer.json()["id"]
    return root_id


async def scan(client: httpx.AsyncClient, root_id: str) -> dict[str, Any]:
    job_id = (await client.post(f"notes/scan/{root_id}")).json()["job_id"]
    job: dict[str, Any] = {"status": "pending"}
    while job["status"] in ("pending", "running"):
        job = (await client.get(f"jobs/{job_id}/wait", params={"timeout": 20})).json()
    assert job["status"] == "completed", job
    result: dict[str, Any] = job["result"]
    return result


async def listed(client: httpx.AsyncClient) -> dict[str, tuple[str, str | None]]:
    items = (await client.get("notes")).json()["items"]
    return {item["path"]: (item["heading"], item["remark"]) for item in items}


async def test_a_scan_fills_the_list(client: httpx.AsyncClient, folder: Path) -> None:
    result = await scan(client, await add_root(client, folder))
    assert (result["catalogued"], result["failed"], result["not_media"]) == (2, 1, 1)
    assert await listed(client) == {
        "list.txt": ("eggs", None),
        "today.md": ("What I saw today", None),
    }


async def test_what_was_said_of_a_note_goes_with_the_file(
    client: httpx.AsyncClient, folder: Path
) -> None:
    root_id = await add_root(client, folder)
    await scan(client, root_id)
    notes = (await client.get("notes")).json()["items"]
    await client.patch(f"notes/{notes[0]['id']}", json={"remark": "done"})
    (folder / "list.txt").rename(folder / "old list.txt")
    await scan(client, root_id)
    assert (await listed(client))["old list.txt"] == ("eggs", "done")
    assert (await client.delete(f"roots/{root_id}")).status_code == 204
    assert await listed(client) == {}


async def test_what_clients_keep_is_out_of_date_when_the_package_is_upgraded(
    tmp_path: Path,
) -> None:
    async def asked(version: str, etag: str = "") -> httpx.Response:
        collection = replace(NOTES, version=version)
        async with serving(collection, tmp_path / "data") as client:
            return await client.get("notes", headers={"If-None-Match": etag})

    etag = (await asked("0.1.0")).headers["etag"]
    assert (await asked("0.1.0", etag)).status_code == 304
    newer = await asked("0.2.0", etag)
    assert newer.status_code == 200
    assert newer.headers["etag"] != etag


def test_its_migrations_join_those_of_the_server(tmp_path: Path) -> None:
    done = verify(f"sqlite:///{tmp_path / 'verify.db'}", branches([NOTES]))
    assert "notes_0001" in done.revisions


def test_its_package_names_it_as_a_collection() -> None:
    declared = (Path(__file__).parent / "pyproject.toml").read_text()
    assert 'notes = "mustela_notes.collection:NOTES"' in declared
    assert isinstance(NOTES, Collection)


def test_installed_beside_mustela_the_server_finds_it(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    here = Path(__file__).parent
    # Copied, because a build leaves files beside what it builds.
    copy = shutil.copytree(here, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--no-index", "--target", installed, copy], check=True)
    database = ["--database-url", f"sqlite:///{tmp_path / 'catalog.db'}"]

    def ran(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    ran("-m", "mustela", "db", "upgrade", *database)
    known = ran("-m", "mustela", "db", "current", *database)
    assert "notes: notes_0001" in known.splitlines()
    told = (
        "from mustela.app import collections; print([(c.name, c.version) for c in collections()])"
    )
    assert "('notes', '0.1.0')" in ran("-c", told)
