"""What a stream of events says, as server-sent events and as JSON, encoded once for everybody.

An id as clients see it says which database it is of, too: restored databases begin elsewhere. It
is a whole number below 2**53 all the same, and only rises.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from mustela.store.events import Event

#: Milliseconds after which a browser connects again.
RETRY_MS: Final = 1000
#: Ids of one database lie this far apart from those of another, or more.
_SPAN: Final = 2**32
_DATABASES: Final = 2**20

#: Why there may be changes that the client has not been told of.
Reason: TypeAlias = Literal["window_left", "another_database"]

_encode = msgspec.json.Encoder().encode


class Message(NamedTuple):
    """One thing said, in both forms."""

    sse: bytes
    json: str


def base_of(database_id: str) -> int:
    """What is added to the ids of a database's events."""
    digest = blake2b(database_id.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % _DATABASES * _SPAN


def change(event: Event, base: int) -> Message:
    """A change: ``event: change``."""
    id = base + event.id
    document = _encode(msgspec.structs.replace(event, id=id))
    return Message(
        b"id: %d\nevent: change\ndata: %b\n\n" % (id, document),
        '{"type":"change",' + document.decode()[1:],
    )


def gap(id: int, reason: Reason) -> Message:
    """Changes may have been missed: read again what is shown. The stream goes on after ``id``."""
    document = {"id": id, "reason": reason}
    return Message(
        b"id: %d\nevent: gap\ndata: %b\n\n" % (id, _encode(document)), _text("gap", document)
    )


def start(id: int) -> Message:
    """The stream has caught up, and goes on after ``id``. In a browser only the id is noted."""
    return Message(
        b": changes after this are told as they come\nretry: %d\nid: %d\n\n" % (RETRY_MS, id),
        _text("start", {"id": id}),
    )


def heartbeat(id: int) -> Message:
    """The stream is alive, and everything up to ``id`` has been told."""
    return Message(b": heartbeat\nid: %d\n\n" % id, _text("heartbeat", {"id": id}))


def _text(type: str, document: dict[str, Any]) -> str:
    return _encode({"type": type, **document}).decode()
