"""Two servers on one PostgreSQL, each on a machine of its own as far as they can tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from mustela.app import create_app
from mustela.collection import SERVICES
from mustela.settings import Settings
from tests.jobs.rig import until


@asynccontextmanager
async def server(url: str, data_dir: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings.load(
        environ={}, data_dir=data_dir, database_url=url, scan_interval_minutes=0
    )
    app = create_app(settings, with_collections=[])
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        yield client


async def workers(client: httpx.AsyncClient) -> list[Any]:
    found: list[Any] = (await client.get("/queue")).json()["workers"]
    return found


def services_of(client: httpx.AsyncClient) -> Any:
    transport: Any = client._transport
    return next(
        one.kwargs["provided"][SERVICES]
        for one in transport.app.user_middleware
        if "provided" in one.kwargs
    )


async def test_two_servers_share_their_jobs_and_one_of_them_leads(
    postgres_url: str, tmp_path: Path
) -> None:
    async with server(postgres_url, tmp_path / "one") as staying:
        async with server(postgres_url, tmp_path / "another") as leaving:
            for client in (staying, leaving):
                found = await workers(client)
                assert len(found) == 2
                assert all(worker["host"] and worker["slots"] for worker in found)
            leads = [await services_of(client).leader.leads() for client in (leaving, staying)]
            assert sorted(leads) == [False, True]
            await a_run_is_cancelled(staying, leaving)
        await until(services_of(staying).leader.leads)
        assert len(await workers(staying)) == 1
    assert not (tmp_path / "one" / "workers").exists()


async def a_run_is_cancelled(one: httpx.AsyncClient, another: httpx.AsyncClient) -> None:
    """It is reported to one server, and its end is asked for at the other."""
    run = (await one.post("/jobs/runs", json={"type": "imaging"})).json()
    at = f"/jobs/{run['job_id']}"
    claim = {"claim_id": run["claim_id"]}
    await another.post(f"{at}/cancel")
    assert (await one.post(f"{at}/heartbeat", json=claim)).json() == {"cancel_requested": True}
    await another.post(f"{at}/finish", json={**claim, "status": "cancelled"})
    assert (await one.get(at)).json()["status"] == "cancelled"
