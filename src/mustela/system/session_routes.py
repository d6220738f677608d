"""The page's session: a token is entered once and kept in a cookie that scripts cannot read."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.access import COOKIE, IDENTITY, Identity, Unauthorized
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.tokens import RANK, Role, find_token

router = APIRouter(prefix="/session", tags=["session"])

#: How long the cookie is kept, in seconds.
COOKIE_SECONDS = 180 * 24 * 3600


class Session(msgspec.Struct, frozen=True):
    """Who the page acts as. ``role`` is null for who may do nothing yet."""

    actor: str
    role: Role | None
    may_write: bool
    may_administer: bool


class SignIn(Input):
    """A token's secret."""

    token: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[!-~]+$")]


@router.get("", **answering(Session))
async def show(request: Request) -> Response:
    """Who the caller is."""
    identity: Identity = request.scope[IDENTITY]
    return json_answer(
        Session(
            identity.actor,
            identity.role,
            identity.rank >= RANK["write"],
            identity.rank >= RANK["admin"],
        )
    )


@router.post("", **answering(None, status=204, errors=[Unauthorized]))
async def sign_in(body: SignIn, request: Request, services: Needs) -> Response:
    """Keep a token in the page's cookie."""
    if find_token(services.tokens, body.token) is None:
        raise Unauthorized("this token is not known")
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE,
        quote(body.token, safe=""),  # a cookie holds no semicolon, for one
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.delete("", **answering(None, status=204))
async def sign_out() -> Response:
    """Forget the cookie."""
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
