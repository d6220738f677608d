"""What the guard does to the messages of one request: the body that comes, the answer that goes."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Send

from mustela.http.problems import RequestError

_NO_STORE = (b"cache-control", b"no-store")
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class BodyTooLarge(RequestError):
    """The request's body is longer than the setting max_body_bytes allows."""

    code = "body_too_large"


class Reply:
    """``send`` with the headers that every answer has, and without a body for HEAD."""

    __slots__ = ("_head", "_request_id", "_send", "cors", "status")

    def __init__(
        self, send: Send, request_id: str, cors: list[tuple[bytes, bytes]], *, head: bool
    ) -> None:
        self._send = send
        self._request_id = request_id
        self._head = head
        self.cors = cors
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message["headers"])
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append(_NO_STORE)
            headers.append((b"x-request-id", self._request_id.encode()))
            headers += _SECURITY
            headers += self.cors
            message["headers"] = headers
        elif self._head:
            if message.get("more_body"):
                return
            message = {"type": message["type"], "body": b""}
        await self._send(message)


class LimitedBody:
    """``receive`` of a body whose length is not told in advance."""

    __slots__ = ("_left", "_receive")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                # The framework lets its own exception pass while it reads a body, and no other.
                raise HTTPException(413, BodyTooLarge().message)
        return message
