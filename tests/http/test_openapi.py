"""The OpenAPI document, and the server held to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from mustela.app import create_app
from mustela.settings import Settings
from tests.http.conftest import Server
from tests.http.toy_collection import TOYS

HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]


class Thread(threading.Thread):
    """A server on a loop of its own, for tests that are not written for one."""

    def __init__(self, app: Any) -> None:
        super().__init__(daemon=True)
        self.config = uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2)
        self.server = uvicorn.Server(self.config)
        self.ready = threading.Event()

    def run(self) -> None:
        started = self.server.startup

        async def startup(sockets: Any = None) -> None:
            await started(sockets)
            self.ready.set()

        self.server.startup = startup  # type: ignore[method-assign]
        self.server.run()

    @property
    def port(self) -> int:
        found: int = self.server.servers[0].sockets[0].getsockname()[1]
        return found


def _app(directory: Path) -> FastAPI:
    chosen = Settings.load(
        environ={}, data_dir=directory, database_url="sqlite:///:memory:", max_body_bytes=1_000_000
    )
    return create_app(chosen, with_collections=[TOYS])


#: Its answer has no end, which the generated client would wait for; it is read in
#: tests/system/test_events_routes.py.
ENDLESS = {"/api/v1/events"}
OPERATIONS = [
    (path, method)
    for path, methods in _app(Path("unused")).openapi()["paths"].items()
    for method in methods
    if path not in ENDLESS
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    thread = Thread(_app(tmp_path_factory.mktemp("data")))
    thread.start()
    assert thread.ready.wait(30)
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{thread.port}/api/v1/openapi.json")
    thread.server.should_exit = True
    thread.join()


@pytest.mark.unmeasured
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_server_answers_as_its_document_says(
    api: Any, path: str, method: str, mode: GenerationMode
) -> None:
    operation = api[path][method.upper()]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=12, deadline=None, suppress_health_check=HEALTH)
    def answers(case: Any) -> None:
        # A path that matches the document need not exist.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    with suppress(Unsatisfiable):  # nothing can be wrong with a request without parameters
        answers()


async def test_the_document_names_every_record_and_error(server: Server) -> None:
    document = (await server.client.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    for path, methods in document["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in methods.values():
            problem = operation["responses"]["default"]["content"]["application/problem+json"]
            assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
    toys = document["paths"]["/api/v1/toys"]["get"]
    assert {one["name"] for one in toys["parameters"]} == {"limit", "offset", "cursor", "heavy"}
    assert "304" in toys["responses"]
    toy = document["paths"]["/api/v1/toys/{id}"]["get"]["responses"]
    assert toy["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/Toy")
    assert "not_found" in toy["404"]["description"]
    text = str(document)
    assert "mustela-type:" not in text


async def test_aliases_are_in_the_document_under_both_names(server: Server) -> None:
    document = (await server.client.get("/api/v1/openapi.json")).json()
    for path in ("", "/{id}", "/{id}/cancel", "/{id}/wait", "/{id}/logs"):
        one, other = (document["paths"][f"/api/v1{p}{path}"] for p in ("/jobs", "/queue/jobs"))
        assert one.keys() == other.keys()
    assert "/api/v1/logs/{id}" in document["paths"]
