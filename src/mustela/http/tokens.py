"""Access tokens: who may do what. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, cast

import msgspec

from mustela.errors import MustelaError

Role: TypeAlias = Literal["read", "write", "admin"]

#: What each role includes, in order.
RANK: dict[str, int] = {"read": 1, "write": 2, "admin": 3}
#: A secret with fewer characters could be guessed.
SHORTEST_SECRET = 16

_FORM = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]{1,64})=)?(?P<role>[a-z]+):(?P<secret>.+)", re.DOTALL
)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


class BadToken(MustelaError, ValueError):
    """A token is written ROLE:SECRET or NAME=ROLE:SECRET; the role is read, write or admin."""

    code = "bad_token"


class Token(msgspec.Struct, frozen=True):
    """Whoever knows the secret acts as ``name`` with ``role``; ``digest`` is its SHA-256."""

    name: str
    role: Role
    digest: bytes

    def __repr__(self) -> str:
        return f"Token(name={self.name!r}, role={self.role!r})"


def digest_of(secret: str) -> bytes:
    """The SHA-256 of a secret. Secrets are long and random, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def parse_token(text: str) -> Token:
    """``[NAME=]ROLE:SECRET``, or ``[NAME=]ROLE:sha256:HEX`` for a secret that is not written down.

    Raises :class:`BadToken`, whose message never holds the secret.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None or match["role"] not in RANK:
        raise BadToken
    role = cast(Role, match["role"])
    secret = match["secret"]
    hashed = _HASH.fullmatch(secret)
    if hashed is None and len(secret) < SHORTEST_SECRET:
        raise BadToken(f"A token's secret needs {SHORTEST_SECRET} characters or more.")
    digest = bytes.fromhex(hashed[1]) if hashed else digest_of(secret)
    return Token(match["name"] or role, role, digest)


def parse_tokens(lines: Iterable[str]) -> tuple[Token, ...]:
    """One token a line, as a tokens file has them; empty lines and ``#`` comments are left out."""
    stripped = (line.strip() for line in lines)
    return tuple(parse_token(line) for line in stripped if line and not line.startswith("#"))


def find_token(tokens: Sequence[Token], secret: str) -> Token | None:
    """The token with this secret. Takes the same time wherever in the list it stands."""
    digest = digest_of(secret)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.digest, digest):
            found = token
    return found
