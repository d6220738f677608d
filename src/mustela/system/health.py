"""Is the server alive, and can it work? For whoever starts and watches it; no token needed."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.conditional import AsyncLabels
from mustela.http.encoding import answering, json_answer
from mustela.http.problems import RequestError
from mustela.store.errors import StoreError

router = APIRouter(prefix="/health", tags=["health"])

#: How long the database may take to answer, in seconds.
PATIENCE = 5.0

log = logging.getLogger("mustela.http")


class NotReady(RequestError):
    """The server cannot work now."""

    code = "not_ready"


class Live(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(msgspec.Struct, frozen=True):
    """The server can work."""

    status: Literal["ready"] = "ready"


@router.get("/live", **answering(Live))
async def live() -> Response:
    """Whether the process answers; says nothing of the database."""
    return json_answer(Live())


@router.get("/ready", **answering(Ready, errors=[NotReady]))
async def ready(services: Needs) -> Response:
    """Whether requests can be served: the database answers."""
    try:
        async with asyncio.timeout(PATIENCE):
            await services.repository(AsyncLabels).database_id()
    except TimeoutError as error:
        raise NotReady(f"the database did not answer within {PATIENCE:g} s") from error
    except StoreError as error:
        log.warning("the database cannot be read: %s", error.message)
        raise NotReady("the database cannot be read; the server's log says more") from error
    return json_answer(Ready())
