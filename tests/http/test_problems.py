"""Errors as problem documents: each code has a status that was thought about."""

from __future__ import annotations

import importlib
import json
import pkgutil

import pytest

import mustela
from mustela.errors import MustelaError
from mustela.files.failure import ChildUnusable
from mustela.http.problems import answer_to, status_of
from mustela.store.errors import (
    AlreadyExists,
    DiskFull,
    FieldConflict,
    NotFound,
    RevertConflict,
    StatementTimeout,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from tests.http.conftest import Server

OPTIONAL = ("mustela.radio", "mustela.store.postgres", "mustela.__main__")


def every_error() -> list[type[MustelaError]]:
    for module in pkgutil.walk_packages(mustela.__path__, "mustela."):
        name = module.name
        if not (name.startswith(OPTIONAL) or name.endswith("_main") or ".migrations" in name):
            importlib.import_module(name)
    found: list[type[MustelaError]] = []
    waiting = [MustelaError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("mustela."):
            found.append(kind)
    return found


def test_a_code_belongs_to_one_error() -> None:
    codes: dict[str, type[MustelaError]] = {}
    for kind in every_error():
        if "code" in vars(kind):
            assert codes.setdefault(kind.code, kind) is kind


def test_bad_input_is_never_the_fault_of_the_server() -> None:
    for kind in every_error():
        assert 400 <= status_of(kind) < 600
        if issubclass(kind, ValueError):
            assert status_of(kind) < 500, kind


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (NotFound, 404),
        (AlreadyExists, 409),
        (StatementTimeout, 503),
        (StoreBusy, 503),
        (DiskFull, 507),
        (StoreError, 500),
        (MustelaError, 500),
    ],
)
def test_statuses_follow_the_table(kind: type[MustelaError], status: int) -> None:
    answer = answer_to(kind(), {"type": "http", "method": "GET", "path": "/x"})
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) is (status == 503)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", [StoreError, StoreBusy, StoreUnavailable, ChildUnusable])
def test_the_words_of_what_failed_in_the_server_stay_in_its_log(
    kind: type[MustelaError], caplog: pytest.LogCaptureFixture
) -> None:
    error = kind("connection to 10.0.0.5 as ann failed: Traceback in /home/ann/mustela.db")
    answer = answer_to(error, {"type": "http", "method": "GET", "path": "/x"})
    assert answer.status_code >= 500
    problem = json.loads(bytes(answer.body))
    assert problem["detail"] == kind().message
    assert "10.0.0.5" in caplog.text


async def test_a_conflict_lists_its_fields(server: Server) -> None:
    conflicts = [FieldConflict("t1", "rating", 1, 2)]
    answer = answer_to(RevertConflict("changed since", conflicts), {"path": "/x"})
    assert answer.status_code == 409
    listed = b'"conflicts":[{"record":"t1","field":"rating","expected":1,"found":2}]'
    assert listed in bytes(answer.body)


async def test_what_the_framework_refuses_is_a_problem_too(server: Server) -> None:
    for method, path, status, code in (
        ("GET", "/api/v1/absent", 404, "no_such_route"),
        ("GET", "/api/v2", 404, "no_such_route"),
        ("PUT", "/api/v1/toys", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
    ):
        answer = await server.client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["instance"] == path
    refused = await server.client.put("/api/v1/toys")
    assert refused.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("content", "location"),
    [
        (b"{", ["body", 1]),
        (b"", ["body"]),
        (b"[]", ["body"]),
        (b'{"id": "t1"}', ["body", "path"]),
        (b'{"id": "T!", "path": "/a"}', ["body", "id"]),
        (b'{"id": "t1", "path": "/a", "other": 1}', ["body", "other"]),
    ],
)
async def test_bad_bodies_are_located(
    server: Server, content: bytes, location: list[str | int]
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await server.client.post("/api/v1/toys", content=content, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_request")
    assert problem["errors"][0]["location"] == location
    assert problem["detail"]


async def test_an_id_that_is_none_is_refused(server: Server) -> None:
    for id in ("..%2fetc", "-x", "x" * 129, "a%00b", "%E2%98%83"):
        answer = await server.client.get(f"/api/v1/toys/{id}")
        assert answer.status_code in {404, 422}
