"""Declaring the queries of Virtual Observatory services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from mustela.http import encoding
from mustela.http.parameters import LENIENT
from mustela.radio.exports.votable import MEDIA_TYPE
from mustela.radio.extra import ExtraMissing
from mustela.radio.vo.errors import UsageFault
from mustela.radio.vo.parameters import described

FORM: Final = "application/x-www-form-urlencoded"


def add_query(
    router: APIRouter,
    path: str,
    endpoint: Callable[..., Awaitable[Response]],
    names: Mapping[str, str],
    *,
    media_type: str = MEDIA_TYPE,
    post: bool = True,
) -> None:
    """A query by GET, and by POST of a form with the same parameters, in any case.

    ``names`` are the parameters with what they mean. Errors are VOTables too.
    """
    declared = encoding.answering(
        bytes, errors=[ExtraMissing], media_types=[media_type, "text/xml"]
    )
    declared["responses"][400] = {
        "description": f"{UsageFault().message} (`{UsageFault.code}`)",
        "content": {media_type: {"schema": {"type": "string", "format": "binary"}}},
    }
    listed = described(names)
    router.add_api_route(
        path,
        endpoint,
        methods=["GET"],
        openapi_extra={**LENIENT, "parameters": listed},
        **declared,
    )
    if post:
        router.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            openapi_extra={**LENIENT, "requestBody": {"content": {FORM: _form(listed)}}},
            **declared,
        )


def _form(listed: list[dict[str, Any]]) -> dict[str, Any]:
    properties = {
        one["name"]: {**one["schema"], "description": one["description"]} for one in listed
    }
    return {"schema": {"type": "object", "properties": properties}}
