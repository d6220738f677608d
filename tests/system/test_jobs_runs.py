"""Runs elsewhere over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.jobs_server import Jobs, jobs_server


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncIterator[Jobs]:
    async with jobs_server(tmp_path) as found:
        yield found


async def test_a_pipeline_opens_a_run_reports_in_and_finishes_it(jobs: Jobs) -> None:
    order = {
        "type": "imaging",
        "parameters": {"band": 3},
        "inputs": ["/ms/a.ms"],
        "software_version": "wsclean 3.4",
        "reporter": "node17:42",
    }
    answer = await jobs.client.post("/api/v1/queue/jobs/runs", json=order)
    assert answer.status_code == 201
    opened = answer.json()
    id, claim = opened["job_id"], {"claim_id": opened["claim_id"]}
    assert opened["silence_seconds"] == 120.0
    assert answer.headers["location"] == f"/api/v1/queue/jobs/{id}"
    told = {"cancel_requested": False}
    assert await jobs.post(f"/jobs/{id}/heartbeat", claim) == told
    progress = {"done": 2, "total": 8, "rate": 0.5, "message": "cleaning"}
    assert await jobs.post(f"/jobs/{id}/progress", {**claim, **progress}) == told
    lines = [{"text": "odd", "level": "warning", "at": "2026-01-01T00:00:00Z"}, {"text": "now"}]
    assert await jobs.post(f"/jobs/{id}/logs", {**claim, "lines": lines}) == told
    assert await jobs.post(f"/jobs/{id}/inputs", {**claim, "items": ["/ms/b.ms"]}) == told
    assert await jobs.post(f"/jobs/{id}/outputs", {**claim, "items": ["/x.fits"]}) == told

    job = await jobs.get(f"/jobs/{id}")
    assert (job["status"], job["external"], job["type"]) == ("running", True, "imaging")
    assert job["progress"] == {**progress, "eta_seconds": 12.0}
    log = (await jobs.get(f"/jobs/{id}/logs"))["items"]
    assert [line["text"] for line in log] == ["odd", "now"]
    assert log[0]["at"] == "2026-01-01T00:00:00Z"
    made = await jobs.get(f"/jobs/{id}/provenance")
    assert (made["inputs"], made["outputs"]) == (["/ms/a.ms", "/ms/b.ms"], ["/x.fits"])
    assert made["software_version"] == "wsclean 3.4"

    end = {**claim, "status": "completed", "result": {"rms_jy": 0.001}}
    ended = await jobs.post(f"/jobs/{id}/finish", end)
    assert (ended["status"], ended["result"]) == ("completed", {"rms_jy": 0.001})
    assert await jobs.post(f"/jobs/{id}/finish", end) == ended


async def test_who_waits_for_a_run_is_told_when_it_ends(jobs: Jobs) -> None:
    run = await jobs.post("/jobs/runs", {"type": "imaging"}, 201)
    await jobs.post(f"/jobs/{run['job_id']}/cancel")
    claim = {"claim_id": run["claim_id"]}
    assert (await jobs.post(f"/jobs/{run['job_id']}/heartbeat", claim))["cancel_requested"]
    await jobs.post(f"/jobs/{run['job_id']}/finish", {**claim, "status": "cancelled"})
    assert (await jobs.get(f"/jobs/{run['job_id']}/wait", timeout=30))["status"] == "cancelled"


async def test_a_run_that_failed_says_why(jobs: Jobs) -> None:
    run = await jobs.post("/jobs/runs", {"type": "imaging", "id": "run-7"}, 201)
    end: dict[str, Any] = {"claim_id": run["claim_id"], "status": "failed"}
    error = {"code": "no_flux", "message": "There is no flux."}
    ended = await jobs.post("/jobs/run-7/finish", {**end, "error": error})
    assert (ended["status"], ended["error"]) == ("failed", error)
    other = await jobs.post("/jobs/runs", {"type": "imaging"}, 201)
    ended = await jobs.post(f"/jobs/{other['job_id']}/finish", end)
    assert ended["error"]["code"] == "run_failed"


async def test_a_run_that_was_lost_is_told_with_a_code(jobs: Jobs) -> None:
    run = await jobs.post("/jobs/runs", {"type": "imaging"}, 201)
    lost = await jobs.queue.jobs.lose_runs(await jobs.queue.jobs.run_pulses(), 120.0)
    assert [job.id for job in lost] == [run["job_id"]]
    claim = {"claim_id": run["claim_id"]}
    for path, body in (
        ("heartbeat", {}),
        ("outputs", {"items": ["late"]}),
        ("finish", {"status": "completed"}),
    ):
        refused = await jobs.post(f"/jobs/{run['job_id']}/{path}", {**claim, **body}, 409)
        assert refused["code"] == "run_lost"
        assert "lost_contact" in refused["detail"]


async def test_a_server_ends_runs_that_are_silent(tmp_path: Path) -> None:
    async with jobs_server(tmp_path, external_run_silence_seconds=0.05) as jobs:
        run = await jobs.post("/jobs/runs", {"type": "imaging"}, 201)
        assert run["silence_seconds"] == 0.05
        job = await jobs.get(f"/jobs/{run['job_id']}/wait", timeout=30)
        assert (job["status"], job["error"]["code"]) == ("failed", "lost_contact")


async def test_a_job_submitted_for_elsewhere_is_begun_by_its_id(jobs: Jobs) -> None:
    id = await jobs.queue.submit("toy.elsewhere", {"band": 1})
    await jobs.post("/jobs/runs", {"type": "toy.elsewhere", "id": id}, 201)
    assert (await jobs.get(f"/jobs/{id}"))["status"] == "running"
    refused = await jobs.post("/jobs/runs", {"type": "toy.elsewhere", "id": id}, 409)
    assert refused["code"] == "already_exists"


async def test_a_run_that_makes_no_sense_is_refused(jobs: Jobs) -> None:
    orders: list[tuple[Any, str]] = [
        ({"type": "toy.wait"}, "job_type_taken"),
        ({"type": "imaging", "id": "runs"}, "invalid_job"),
        ({"type": "imaging", "parent": "nobody"}, "invalid_job"),
        ({"type": "imaging", "inputs": [""]}, "invalid_job"),
        ({"type": "two words"}, "invalid_request"),
        ({}, "invalid_request"),
        ({"type": "imaging", "input": []}, "invalid_request"),
    ]
    for order, code in orders:
        assert (await jobs.post("/jobs/runs", order, 422))["code"] == code
    assert (await jobs.get("/jobs"))["total"] == 0


async def test_a_report_that_makes_no_sense_is_refused(jobs: Jobs) -> None:
    run = await jobs.post("/jobs/runs", {"type": "imaging"}, 201)
    reports: list[tuple[str, Any]] = [
        ("progress", {"done": -1}),
        ("progress", {"rate": "fast"}),
        ("logs", {"lines": []}),
        ("logs", {"lines": [{"text": "x", "at": "2026-01-01T00:00:00"}]}),
        ("finish", {"status": "timeout"}),
        ("finish", {"status": "completed", "error": {"message": "x"}}),
        ("outputs", {}),
        ("outputs", {"items": ["x" * 5000]}),
    ]
    for path, said in reports:
        body = {"claim_id": run["claim_id"], **said}
        refused = await jobs.post(f"/jobs/{run['job_id']}/{path}", body, 422)
        assert refused["code"] in {"invalid_request", "invalid_job"}
    assert (await jobs.get(f"/jobs/{run['job_id']}"))["status"] == "running"


async def test_only_runs_elsewhere_can_be_reported(jobs: Jobs) -> None:
    id = await jobs.queue.submit("toy.wait")
    await jobs.began.wait()
    for name in (id, "nobody"):
        refused = await jobs.post(f"/jobs/{name}/finish", {"claim_id": 1, "status": "failed"}, 404)
        assert refused["code"] == "not_found"
        assert (await jobs.post(f"/jobs/{name}/heartbeat", {"claim_id": 1}, 404))["code"]
    jobs.go.set()
    assert (await jobs.get(f"/jobs/{id}/wait", timeout=20))["status"] == "completed"
