"""What a child process and its parent say to each other: msgpack after a length of four bytes."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from mustela.files.failure import Failure

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


class Request(msgspec.Struct, array_like=True, frozen=True, tag="run"):
    """Call ``function`` (``package.module:name``) with ``arguments``."""

    number: int
    function: str
    arguments: tuple[Any, ...]


class Revoke(msgspec.Struct, array_like=True, frozen=True, tag="revoke"):
    """Don't begin that request. Answered ``Revoked`` where it had not begun, else not at all."""

    number: int


class Ready(msgspec.Struct, array_like=True, frozen=True, tag="ready"):
    """The child has started and takes requests."""


class Answer(msgspec.Struct, array_like=True, frozen=True, tag="answer"):
    """The outcome of a request: ``value``, or ``failure`` where that is set.

    ``resident`` is the child's memory in bytes.
    """

    number: int
    resident: int
    failure: Failure | None
    value: msgspec.Raw


class Revoked(msgspec.Struct, array_like=True, frozen=True, tag="revoked"):
    """The request was taken back before it began."""

    number: int


class Unknown(msgspec.Struct, array_like=True, frozen=True, tag="unknown"):
    """The function cannot be imported: a mistake of the caller's, not the file's."""

    number: int
    message: str


ToChild = Request | Revoke
FromChild = Ready | Answer | Revoked | Unknown

_encode = msgspec.msgpack.Encoder().encode
decode_to_child = msgspec.msgpack.Decoder[ToChild](ToChild).decode
decode_from_child = msgspec.msgpack.Decoder[FromChild](FromChild).decode


def frame(message: ToChild | FromChild) -> bytes:
    body = _encode(message)
    return _LENGTH.pack(len(body)) + body


def body_length(header: bytes) -> int:
    (length,) = _LENGTH.unpack(header)
    return int(length)
