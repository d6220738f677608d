"""A subscription as an answer: server-sent events, or messages on a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from mustela.http.event_feed import EventFeed
from mustela.http.event_subscription import Subscription
from mustela.http.guard import HEAD

MEDIA_TYPE: Final = "text/event-stream"
#: Close codes of WebSockets (RFC 6455, 7.4.1, and its registry).
GOING_AWAY: Final = 1001
TRY_AGAIN_LATER: Final = 1013

#: A client has so many seconds to take what is left when its stream is over.
LAST_SECONDS: Final = 5.0

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # proxies are to pass on each event as it comes
]


class EventStream(Response):
    """Events until the client leaves, is too slow, or the server stops."""

    def __init__(
        self, feed: EventFeed, topics: Collection[str] | None, last_id: str | None
    ) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self.raw_headers = list(_HEADERS)
        self._feed = feed
        self._topics = topics
        self._last_id = last_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        if scope.get(HEAD):
            await send(start)
        else:
            async with (
                self._feed.subscribed(self._topics, self._last_id) as subscription,
                _patience(subscription) as patience,
            ):
                await send(start)
                async with (
                    _listening(receive, "http.disconnect", subscription.end),
                    aclosing(subscription.messages()) as news,
                ):
                    async for messages in news:
                        body = b"".join([message.sse for message in messages])
                        await send({"type": "http.response.body", "body": body, "more_body": True})
            if patience.expired():
                return  # it takes nothing, not even the end
        await send({"type": "http.response.body", "body": b""})


async def serve_socket(
    socket: WebSocket, feed: EventFeed, topics: Collection[str] | None, last_id: str | None
) -> None:
    """The same on a WebSocket, a JSON text for each message. What the client says is ignored."""
    async with feed.subscribed(topics, last_id) as subscription, _patience(subscription):
        await socket.accept()
        try:
            async with (
                _listening(socket.receive, "websocket.disconnect", subscription.end),
                aclosing(subscription.messages()) as news,
            ):
                async for messages in news:
                    for message in messages:
                        await socket.send_text(message.json)
            await socket.close(TRY_AGAIN_LATER if subscription.dropped else GOING_AWAY)
        except (WebSocketDisconnect, RuntimeError):
            return  # it has gone meanwhile


@asynccontextmanager
async def _patience(subscription: Subscription) -> AsyncIterator[asyncio.Timeout]:
    """Cuts off what is inside when the stream is over and its client does not take the rest.

    One that has stopped to read would otherwise hold its place for as long as it likes.
    """
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as patience:
            subscription.ended = lambda: patience.reschedule(loop.time() + LAST_SECONDS)
            try:
                yield patience
            finally:
                subscription.ended = None


@asynccontextmanager
async def _listening(receive: Receive, until: str, act: Callable[[], None]) -> AsyncIterator[None]:
    """``act`` when the client has gone: a stream that is silent would not notice."""

    async def listen() -> None:
        while (await receive())["type"] != until:
            pass
        act()

    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
