"""Changes as they happen: server-sent events, and the same on a WebSocket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket
from starlette.responses import Response

from mustela.collection import Needs, Services
from mustela.files.root import root_records
from mustela.http.encoding import answering
from mustela.http.event_stream import MEDIA_TYPE, EventStream, serve_socket
from mustela.http.parameters import check_known
from mustela.http.problems import FieldError, InvalidRequest
from mustela.jobs.look_operations import SCHEDULES
from mustela.jobs.look_operations import TOPIC as JOBS

router = APIRouter(tags=["events"])

_PARAMETERS = frozenset(("topics", "last_event_id"))


@router.get("/events", **answering(bytes, media_types=[MEDIA_TYPE], errors=[InvalidRequest]))
async def follow_events(
    services: Needs,
    topics: Annotated[
        str, Query(max_length=1000, description="Only these topics, with commas between.")
    ] = "",
    last_event_id: Annotated[
        str | None,
        Query(max_length=100, description="The last id heard: what has changed since comes first."),
    ] = None,
    last_heard: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=100,
            description="The same; what a browser sends when it connects again.",
        ),
    ] = None,
) -> Response:
    """Changes of records and jobs after their commit, as server-sent events, without an end."""
    chosen = _topics(services, topics)
    return EventStream(services.events, chosen, last_heard or last_event_id)


@router.websocket("/ws")
async def follow_on_a_socket(socket: WebSocket, services: Needs) -> None:
    """The same as JSON messages on a WebSocket."""
    check_known(_PARAMETERS, socket.scope["query_string"])
    chosen = _topics(services, socket.query_params.get("topics", ""))
    heard = socket.headers.get("last-event-id") or socket.query_params.get("last_event_id")
    await serve_socket(socket, services.events, chosen, heard)


def known_topics(services: Services) -> list[str]:
    """What can be followed."""
    brought = [topic for one in services.installed.values() for topic in one.topics]
    return sorted({JOBS, SCHEDULES, root_records.topic, *services.records, *brought})


def _topics(services: Services, text: str) -> list[str] | None:
    """The topics asked for, ``None`` for all."""
    asked = [name for part in text.split(",") if (name := part.strip())]
    known = known_topics(services)
    errors = [
        FieldError(
            ["query", "topics"],
            f"there is no topic {name!r}; there are {', '.join(known)}",
            "unknown_topic",
        )
        for name in asked
        if name not in known
    ]
    if errors:
        raise InvalidRequest(errors[0].message, errors)
    return asked or None
