"""The server, and the command beside it on the same database."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from lending.app import create_app
from lending.reminders import REMIND
from mustela.jobs import JobRepository, new_job
from mustela.store import Store

HERE = Path(__file__).parent
Client = httpx.AsyncClient
LOAN = {"to": "Ida", "due": "2030-01-31T12:00:00Z"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    app = create_app(tmp_path)
    async with app.router.lifespan_context(app) as state:

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(served)
        user = {"X-User": "Eva"}
        async with Client(transport=transport, base_url="http://library", headers=user) as opened:
            yield opened


async def add(client: Client, label: str, kind: str) -> str:
    answer = await client.post("/instruments", json={"label": label, "kind": kind})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def holders(client: Client) -> dict[str, Any]:
    return {one["label"]: one["lent_to"] for one in (await client.get("/instruments")).json()}


async def history(client: Client, id: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await client.get(f"/instruments/{id}/history")).json()
    return entries


def command(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lending", "--data", str(data_dir), "--user", "Max", *words],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_a_quartet_is_lent_in_one_change_and_taken_back_in_one(client: Client) -> None:
    ids = [await add(client, str(number), "violin") for number in range(4)]
    lent = await client.post("/loans", json={**LOAN, "instruments": ids})
    assert lent.status_code == 201
    assert lent.json()[0]["due"] == LOAN["due"]
    (change_id,) = {(await history(client, id))[0]["change_id"] for id in ids}
    assert (await client.post(f"/changes/{change_id}/undo")).status_code == 200
    assert set((await holders(client)).values()) == {None}


async def test_of_a_quartet_that_is_not_complete_nothing_is_lent(client: Client) -> None:
    viola, cello = await add(client, "1", "viola"), await add(client, "2", "cello")
    await client.post("/loans", json={**LOAN, "instruments": [cello]})
    refused = await client.post("/loans", json={**LOAN, "to": "Max", "instruments": [viola, cello]})
    assert refused.status_code == 409
    assert refused.json() == {"code": "already_lent", "message": "Ida has the cello 2"}
    assert await holders(client) == {"1": None, "2": "Ida"}
    assert (await client.delete(f"/instruments/{cello}/loan")).json()["lent_to"] is None


async def test_the_audit_names_the_user(client: Client) -> None:
    (entry,) = await history(client, await add(client, "1", "viola"))
    assert (entry["actor"], entry["after"]) == ("Eva", {"label": "1", "kind": "viola"})


async def test_what_is_unknown_is_not_found(client: Client) -> None:
    answer = await client.delete("/instruments/nothing/loan")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_command_works_beside_the_running_server(client: Client, tmp_path: Path) -> None:
    id = await add(client, "No. 7", "cello")
    lent = command(tmp_path, "lend", id, "Ida")
    assert (lent.returncode, lent.stderr) == (0, "")
    assert await holders(client) == {"No. 7": "Ida"}
    assert (await history(client, id))[0]["actor"] == "Max"
    again = command(tmp_path, "lend", id, "Max")
    assert (again.returncode, again.stderr) == (
        1,
        "lending: Ida has the cello No. 7 (already_lent)\n",
    )
    assert "No. 7" in command(tmp_path, "list").stdout


def test_the_command_alone_makes_the_database(tmp_path: Path) -> None:
    id = command(tmp_path / "new", "add", "No. 8", "cello").stdout.strip()
    assert command(tmp_path / "new", "back", id).stderr.endswith("(not_lent)\n")
    assert (
        command(tmp_path / "new", "list").stdout
        == f"{id}  cello        No. 8                    here\n"
    )


async def test_a_job_finds_who_is_late(client: Client) -> None:
    late = await add(client, "No. 7", "cello")
    await add(client, "No. 8", "viola")
    long_ago = {"to": "Ida", "due": "2020-01-31T12:00:00Z", "instruments": [late]}
    await client.post("/loans", json=long_ago)
    id = (await client.post("/reminders")).json()["job_id"]
    found = (await client.get(f"/reminders/{id}", params={"wait": 20})).json()
    assert found == {"status": "completed", "late": ["No. 7"]}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_worker_runs_what_another_program_submits(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    variables = {"LENDING_DATA": str(tmp_path)}
    url = f"sqlite:///{tmp_path / 'lending.db'}"
    if engine == "postgresql":
        pytest.importorskip("procrastinate", reason="needs mustela[postgres]")
        url = variables["LENDING_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with worker(variables) as process:
        with Store.open(url) as store:
            jobs = JobRepository(store)
            id = jobs.submit(new_job(REMIND)).id
            until = time.monotonic() + 20
            while not (job := jobs.get(id)) or not job.ended:
                assert time.monotonic() < until, job
                time.sleep(0.02)
        assert (job.status, job.result) == ("completed", [])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@contextmanager
def worker(variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A worker that has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mustela", "worker", "--app", "lending.reminders:queue"],
        cwd=HERE,
        env=os.environ | variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            assert said == "Mustela runs jobs: 4 at once, of the types lending.remind\n"
            yield process
        finally:
            process.kill()


def test_of_mustela_the_service_uses_the_store_and_jobs_alone() -> None:
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                part, *rest = name.split(".")
                assert part != "mustela" or rest[:1] in (["store"], ["jobs"], ["errors"]), (
                    path,
                    name,
                )
