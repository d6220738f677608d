"""The radio collection's part of the OpenAPI document, and the server held to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from mustela.app import create_app
from mustela.radio.collection import RADIO
from mustela.settings import Settings
from tests.http.test_openapi import HEALTH, Thread

#: What all kinds of items have is declared once; of those it is asked of images.
SHARED = {"", "/export", "/{id}", "/{id}/history", "/{id}/retire"}
PREFIXES = ("/images", "/sources", "/ms", "/cal", "/qa", "/radio/rules")


def _app(directory: Path) -> Any:
    chosen = Settings.load(environ={}, data_dir=directory, database_url="sqlite:///:memory:")
    return create_app(chosen, with_collections=[RADIO])


def _operations() -> list[tuple[str, str]]:
    found = []
    for path, methods in _app(Path("unused")).openapi()["paths"].items():
        for prefix in PREFIXES:
            rest = path.removeprefix(f"/api/v1{prefix}")
            if rest != path and not (prefix in ("/ms", "/cal") and rest in SHARED):
                found += [(path, method) for method in methods]
    return found


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    thread = Thread(_app(tmp_path_factory.mktemp("data")))
    thread.start()
    assert thread.ready.wait(30)
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{thread.port}/api/v1/openapi.json")
    thread.server.should_exit = True
    thread.join()


@pytest.mark.unmeasured
@pytest.mark.parametrize(("path", "method"), _operations())
def test_the_server_answers_as_its_document_says(api: Any, path: str, method: str) -> None:
    operation = api[path][method.upper()]

    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    @settings(max_examples=6, deadline=None, suppress_health_check=HEALTH)
    def answers(case: Any) -> None:
        # A path that matches the document need not exist.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    @settings(max_examples=4, deadline=None, suppress_health_check=HEALTH)
    def refuses(case: Any) -> None:
        answer = case.call()
        if answer.status_code != 414:  # a text that is too long may make the query too long
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])

    answers()
    if path.endswith(("/{id}", "/retire")) and method in ("patch", "post"):
        return  # notes may be very long, and longer ones take minutes to make up
    with suppress(Unsatisfiable):  # nothing can be wrong with a request without parameters
        refuses()
