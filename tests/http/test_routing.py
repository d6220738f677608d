"""How routes are laid out flat, and what they need is found."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from starlette.responses import PlainTextResponse, Response
from starlette.routing import NoMatchFound
from starlette.types import Message

from mustela.http.needs import from_scope
from mustela.http.routing import Api

Word = Annotated[str, Depends(from_scope(lambda scope: str(scope["path"])))]


async def doubled(word: Word) -> str:
    return word * 2


def application(router: APIRouter) -> tuple[FastAPI, Api]:
    app = FastAPI()
    api = Api("/api", router)
    app.router.routes.append(api)
    return app, api


@pytest.fixture
def router() -> APIRouter:
    inner, router = APIRouter(prefix="/words"), APIRouter()

    @inner.get("/mine")
    async def mine(word: Word) -> Response:
        return PlainTextResponse(word)

    @inner.get("/{id}")
    async def one(request: Request, id: str, word: Word, n: int = 1) -> Response:
        return PlainTextResponse(f"{id} {word} {n} {request.method}")

    @inner.put("/{id}")
    async def put(id: str, twice: Annotated[str, Depends(doubled)]) -> Response:
        return PlainTextResponse(twice)

    @inner.get("/{id}/waiting")
    def waiting(id: str, word: Word) -> Response:
        return PlainTextResponse(word)

    @inner.websocket("/{id}/socket")
    async def socket(websocket: WebSocket, id: str) -> None:
        await websocket.accept()
        await websocket.send_text(id)
        await websocket.close()

    router.include_router(inner)
    return router


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/api/words/mine", 200, "/api/words/mine"),
        ("GET", "/api/words/a?n=3", 200, "a /api/words/a 3 GET"),
        ("PUT", "/api/words/a", 200, "/api/words/a/api/words/a"),
        ("GET", "/api/words/a/waiting", 200, "/api/words/a/waiting"),
        ("POST", "/api/words/a", 405, None),
        ("GET", "/api/other", 404, None),
        ("GET", "/api/words/a/b/c", 404, None),
        ("GET", "/elsewhere", 404, None),
    ],
)
async def test_a_route_gets_what_it_needs(
    router: APIRouter, method: str, path: str, status: int, text: str | None
) -> None:
    transport = httpx.ASGITransport(application(router)[0])
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert text is None or answer.text == text
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD, PUT"


async def test_sockets_are_found_alike(router: APIRouter) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    path = "/api/words/a/socket"
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": []}
    await application(router)[0](scope, receive, send)
    assert [message.get("text") for message in sent] == [None, "a", None]


def test_urls_are_made_from_names(router: APIRouter) -> None:
    _, api = application(router)
    assert api.url_path_for("one", id="a") == "/api/words/a"
    with pytest.raises(NoMatchFound):
        api.url_path_for("absent")


def test_routes_that_cannot_be_found_by_a_word_are_refused(router: APIRouter) -> None:
    first = APIRouter()

    @first.get("/{id}")
    async def any_word(id: str) -> None: ...

    with pytest.raises(ValueError, match="must be a word"):
        Api("/api", first)
    second = APIRouter()
    second.add_route("/plain", lambda request: PlainTextResponse(""))
    with pytest.raises(TypeError, match="laid out flat"):
        Api("/api", second)
