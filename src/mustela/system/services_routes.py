"""How the parts of the server are, and the services that the operator listed."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path
from starlette.responses import Response
from starlette.types import Scope

from mustela.collection import SERVICES, Services
from mustela.http.encoding import answering, json_answer
from mustela.http.needs import from_scope
from mustela.store.errors import NotFound
from mustela.system.checkup import Checkup, ServiceStatus, State, worst

router = APIRouter(prefix="/services", tags=["system"])


def checkup_in(services: Services) -> Checkup:
    """The checks of the server."""
    found: Checkup = services.parts[Checkup]
    return found


def _checkup(scope: Scope) -> Checkup:
    return checkup_in(scope[SERVICES])


Checks = Annotated[Checkup, Depends(from_scope(_checkup))]


class ServicesStatus(msgspec.Struct, frozen=True):
    """All of them; `state` is the worst."""

    state: State
    items: list[ServiceStatus]


@router.get("/status", **answering(ServicesStatus))
async def show_services(checkup: Checks) -> Response:
    """How the server's parts are, and the listed services; looked at anew after five seconds."""
    found = await checkup.every()
    return json_answer(ServicesStatus(worst(found), found))


@router.get("/status/{name}", **answering(ServiceStatus, errors=[NotFound]))
async def show_service(
    name: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")], checkup: Checks
) -> Response:
    """One of them, by its name."""
    return json_answer(await checkup.one(name))
