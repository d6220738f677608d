"""The operator's rules over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mustela.files.root import AsyncRootRepository
from tests.radio.archive import API, Archive, an_archive

RULES = f"{API}/radio/rules"


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    async with an_archive(tmp_path) as archive:
        yield archive


async def test_rules_are_read_and_written_and_what_is_not_said_is_the_default(
    archive: Archive,
) -> None:
    before = await archive.get("/radio/rules")
    assert before.json()["epochs"]["kinds"] == ["restored", "mosaic"]
    again = await archive.get("/radio/rules", headers={"If-None-Match": before.headers["etag"]})
    assert again.status_code == 304
    band = {"name": "wide", "minimum_hz": 1e8, "maximum_hz": 1e10}
    said = {"bands": [band], "grading": {"noise_ratio_warn": 3}}
    answer = await archive.client.put(RULES, json=said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["changed"] is True
    after = (await archive.get("/radio/rules")).json()
    assert after == answer.json()["rules"]
    assert (after["bands"], after["grading"]["noise_ratio_warn"]) == ([band], 3.0)
    assert after["grading"]["noise_ratio_fail"] == 5.0
    same = (await archive.client.put(RULES, json=said)).json()
    assert (same["changed"], same["jobs"]) == (False, [])


async def test_what_is_catalogued_already_is_brought_in_step_by_jobs(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[str] = []

    async def submit(type: str, parameters: Any, **options: Any) -> str:
        submitted.append(type)
        return f"job-{len(submitted)}"

    monkeypatch.setattr(archive.services.queue, "submit", submit)
    grading = {"grading": {"blank_fraction_warn": 0.4}}
    answer = await archive.client.put(RULES, json=grading)
    assert (submitted, answer.json()["jobs"]) == (["radio.grade"], ["job-1"])
    submitted.clear()
    await archive.client.put(RULES, json=grading | {"epochs": {"once": False}})
    assert submitted == ["radio.recount", "radio.grade"]


async def test_wrong_rules_are_refused_and_change_nothing(archive: Archive) -> None:
    for wrong in (
        b"{",
        b"\xff",
        b"[]",
        b'{"band": []}',
        b'{"bands": [{"name": "a", "minimum_hz": 2, "maximum_hz": 1}]}',
        b'{"grading": {"noise_ratio_warn": "much"}}',
        b'{"grading": {"noise_ratio_warn": 1e999}}',
    ):
        answer = await archive.client.put(RULES, content=wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] in {"invalid_request", "invalid_value"}
        assert len((await archive.get("/radio/rules")).json()["bands"]) > 5


async def test_each_root_has_rules_of_its_own(archive: Archive) -> None:
    (root,) = await archive.services.repository(AsyncRootRepository).list_roots()
    url = f"{RULES}/{root.id}"
    before = await archive.client.get(url)
    assert before.json()["find"] is False
    answer = await archive.client.put(url, json={"find": True, "associate": True})
    assert answer.json()["find"] is True
    labelled = {"If-None-Match": before.headers["etag"]}
    after = await archive.client.get(url, headers=labelled)
    assert (after.status_code, after.json()) == (200, answer.json())
    wrong = {"seed_sigma": 3, "flood_sigma": 4}
    assert (await archive.client.put(url, json=wrong)).status_code == 422
    for method in ("GET", "PUT"):
        missing = await archive.client.request(method, f"{RULES}/unknown", json={})
        assert missing.status_code == 404


async def test_only_an_administrator_writes_rules(tmp_path: Path) -> None:
    write, admin = "0123456789abcdef0123", "fedcba98765432109876"
    tokens = [f"write:{write}", f"admin:{admin}"]
    async with an_archive(tmp_path, tokens=tokens, require_tokens=True) as archive:
        for secret, status in ((write, 403), (admin, 200)):
            headers = {"Authorization": f"Bearer {secret}"}
            answer = await archive.client.put(RULES, json={}, headers=headers)
            assert answer.status_code == status, answer.text
