"""Answers as JSON straight from records, and an OpenAPI document that describes them exactly.

Routes do not let the framework encode: they answer :func:`json_answer`, or what
``Answers.answer`` made, and declare it with :func:`answering`. :func:`describe` puts the schemas
of the records, which msgspec makes, into the application's document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response
from starlette.routing import BaseRoute

from mustela.errors import MustelaError
from mustela.http.conditional import encode_json
from mustela.http.problems import MEDIA_TYPE, Problem, status_of

JSON = "application/json"
#: Stands for a type in a route's declaration, until the document is made.
_MARK = "mustela-type:"
_declared: dict[str, Any] = {}


class Input(BaseModel):
    """What a request body may hold: these fields, of these types, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def json_answer(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``value`` encoded; never stored by caches. Aware times become RFC 3339 with ``Z``."""
    return Response(encode_json(value), status, headers, JSON)


def answering(
    kind: Any,
    *,
    status: int = 200,
    description: str = "",
    errors: Sequence[type[MustelaError]] = (),
    conditional: bool = False,
    media_types: Sequence[str] = (JSON,),
    headers: Mapping[str, str] | None = None,
    more: Mapping[int, str] | None = None,
    also: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a route answers: ``@router.get(path, **answering(Video, errors=[NotFound]))``.

    ``kind`` is the type of the JSON body; ``bytes`` for another media type, ``None`` for no body.
    ``errors`` name those of which the status is worth telling, ``more`` other answers without a
    body. ``conditional`` adds ``ETag`` and 304. ``headers`` maps names to descriptions. ``also``
    maps further media types to the types of their JSON, in streams of each line.
    """
    answer: dict[str, Any] = {"description": description or HTTPStatus(status).phrase}
    if kind is not None:
        schema = {"type": "string", "format": "binary"} if kind is bytes else {"$ref": _mark(kind)}
        answer["content"] = {media_type: {"schema": schema} for media_type in media_types}
    for media_type, its_kind in (also or {}).items():
        answer["content"][media_type] = {"schema": {"$ref": _mark(its_kind)}}
    named = {**(headers or {}), **({"ETag": "Label of this state."} if conditional else {})}
    if named:
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in named.items()
        }
    responses: dict[int | str, dict[str, Any]] = {status: answer}
    if conditional:
        responses[304] = {"description": "Unchanged: If-None-Match names the present state."}
    for code, text in (more or {}).items():
        responses[code] = {"description": text}
    for error in errors:
        responses.setdefault(status_of(error), _problem(error().message))["description"] += (
            f" (`{error.code}`)"
        )
    responses["default"] = _problem("An error; `code` says which.")
    return {
        "status_code": status,
        "response_model": None,
        "response_class": Response,
        "responses": responses,
    }


def accepting(kind: Any) -> dict[str, Any]:
    """What a route reads from its body itself: ``openapi_extra=accepting(Rules)``."""
    content = {JSON: {"schema": {"$ref": _mark(kind)}}}
    return {"requestBody": {"required": True, "content": content}}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": _mark(Problem)}}},
    }


def _mark(kind: Any) -> str:
    name = f"{_MARK}{getattr(kind, '__module__', '')}.{kind}"
    _declared[name] = kind
    return name


def describe(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Make ``app.openapi()`` answer the whole document of these routes."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation says


def _document(app: FastAPI, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=routes
    )
    marks = sorted(_marks_in(document["paths"]))
    refs, components = msgspec.json.schema_components(
        [_declared[mark] for mark in marks], ref_template="#/components/schemas/{name}"
    )
    schemas = dict(zip(marks, refs, strict=True))
    document["paths"] = _resolved(document["paths"], schemas)
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {}).update(components)
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "basic": {"type": "http", "scheme": "basic"},
        "page": {"type": "apiKey", "in": "cookie", "name": "mustela_token"},
    }
    document["security"] = [{}, {"bearer": []}, {"basic": []}, {"page": []}]
    return document


def _marks_in(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = set().union(*(_marks_in(value) for value in node.values()), set())
        ref = node.get("$ref")
        return found | {ref} if isinstance(ref, str) and ref.startswith(_MARK) else found
    if isinstance(node, list):
        return set().union(*(_marks_in(value) for value in node), set())
    return set()


def _resolved(node: Any, schemas: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        if node.get("$ref") in schemas:
            return schemas[node["$ref"]]
        return {key: _resolved(value, schemas) for key, value in node.items()}
    if isinstance(node, list):
        return [_resolved(value, schemas) for value in node]
    return node
