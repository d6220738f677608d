"""Who may do what: hosts, origins, tokens and roles."""

from __future__ import annotations

import ipaddress
from base64 import b64decode
from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec
from fastapi import Depends, Request

from mustela.errors import MustelaError
from mustela.http.conditional import ROLE_NEEDED
from mustela.http.problems import RequestError
from mustela.http.tokens import RANK, Role, Token, find_token

#: Where a request's scope says who makes it.
IDENTITY: Final = "mustela.identity"
COOKIE: Final = "mustela_token"

#: Lower-case names of request headers, as bytes, to the last value of each.
Headers = Mapping[bytes, bytes]

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_FOREIGN_SITES = frozenset((b"cross-site", b"same-site"))


class WrongHost(RequestError):
    """The Host header names another server; add the name to the setting allowed_hosts."""

    code = "wrong_host"


class ForeignOrigin(RequestError):
    """A page of another site may not do this; the setting allowed_origins names those that may."""

    code = "foreign_origin"


class Unauthorized(RequestError):
    """A token is needed: send it as Bearer, or as the password of HTTP Basic."""

    code = "unauthorized"


class Forbidden(RequestError):
    """This token's role does not allow that."""

    code = "forbidden"


class TokensNeeded(MustelaError):
    """A server that others can reach needs a token: set MUSTELA_TOKENS, or listen on 127.0.0.1."""

    code = "tokens_needed"


class Identity(msgspec.Struct, frozen=True):
    """Who makes a request, as ``actor`` in the audit, and what the role is worth (see RANK)."""

    actor: str
    role: Role | None

    @property
    def rank(self) -> int:
        return RANK[self.role] if self.role else 0


LOCAL: Final = Identity("user:local", "admin")
ANONYMOUS: Final = Identity("anonymous", None)
ANONYMOUS_READER: Final = Identity("anonymous", "read")


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one server.

    ``hosts`` are names for the Host header besides this machine's own loopback names; ``*`` is any.
    ``any_address``: an IP address in its place is good too. (Only a *name* can be made to point
    here by somebody else.)
    """

    tokens: Sequence[Token] = ()
    required: bool = False
    anonymous_read: bool = False
    hosts: frozenset[str] = frozenset()
    any_address: bool = False
    origins: frozenset[str] = frozenset()

    def check_host(self, headers: Headers) -> None:
        """Refuse a request meant for another name: it may come from a page of that name."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self.hosts and not self._is_ours(host):
            raise WrongHost(
                f"this server is not known as {host!r}; add the name to the setting allowed_hosts"
            )

    def _is_ours(self, host: str) -> bool:
        name = name_of_host(host)
        if name in self.hosts or "*" in self.hosts or is_loopback(host):
            return True
        return self.any_address and _address(name) is not None

    def check_origin(self, method: str, headers: Headers) -> None:
        """Refuse what a page of another site makes a browser do."""
        origin = headers.get(b"origin")
        if method in _SAFE_METHODS:
            return
        if origin is None:
            if headers.get(b"sec-fetch-site") in _FOREIGN_SITES:
                raise ForeignOrigin
        elif not self.same_origin(headers) and not self.friendly(headers):
            raise ForeignOrigin

    def same_origin(self, headers: Headers) -> bool:
        """Whether the Origin is this server under the name it was asked by."""
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        host = headers.get(b"host", b"").decode("latin-1").lower()
        try:
            return bool(host) and urlsplit(origin).netloc == host
        except ValueError:
            return False

    def friendly(self, headers: Headers) -> bool:
        """Whether the Origin is in the settings."""
        return headers.get(b"origin", b"").decode("latin-1").lower() in self.origins

    def identify(self, headers: Headers) -> Identity:
        """Who makes the request; raises :class:`Unauthorized` for a token that is not known."""
        secret = _secret(headers)
        if secret is not None and self.tokens:
            token = find_token(self.tokens, secret)
            if token is not None:
                return Identity(f"user:{token.name}", token.role)
            if self.required:
                raise Unauthorized("this token is not known", headers=challenge(headers))
        if not self.required:
            return LOCAL
        return ANONYMOUS_READER if self.anonymous_read else ANONYMOUS


def check_role(identity: Identity, role: Role, headers: Headers) -> None:
    """Refuse who has less than ``role``: with 401 where a token would help, else with 403."""
    if identity.rank >= RANK[role]:
        return
    if identity in (ANONYMOUS, ANONYMOUS_READER):
        raise Unauthorized(headers=challenge(headers))
    raise Forbidden(f"this needs the role {role}; the token has the role {identity.role}")


def challenge(headers: Headers) -> dict[str, str]:
    """What can be sent. No Basic for a script in a browser: it would open a dialogue."""
    bearer = 'Bearer realm="Mustela"'
    if b"sec-fetch-mode" in headers and headers[b"sec-fetch-mode"] != b"navigate":
        return {"WWW-Authenticate": bearer}
    return {"WWW-Authenticate": f'{bearer}, Basic realm="Mustela", charset="UTF-8"'}


def require(role: Role) -> Any:
    """A dependency of routes that need more than their method says (reading, writing)."""

    async def required(request: Request) -> None:
        request.scope[ROLE_NEEDED] = role
        check_role(request.scope[IDENTITY], role, dict(request.headers.raw))

    return Depends(required)


def hosts_of(host: str, allowed: Sequence[str]) -> frozenset[str]:
    """Names for :class:`Access`, from the settings ``host`` and ``allowed_hosts``."""
    return frozenset(name.strip().lower() for name in (host, *allowed))


def name_of_host(host: str) -> str:
    """A host without its port, the brackets of an address, and the final dot; lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name = host.partition(":")[0] if host.count(":") == 1 else host
    return name.rstrip(".").lower()


def is_loopback(host: str) -> bool:
    """Whether a host name or address, with or without a port, is this machine's own."""
    name = name_of_host(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _secret(headers: Headers) -> str | None:
    """The token that a request carries, if any."""
    authorization = headers.get(b"authorization")
    if authorization is not None:
        scheme, _, value = authorization.decode("latin-1").partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
        if scheme.lower() == "basic":
            return _password(value)
        return ""
    cookie = headers.get(b"cookie")
    if cookie is not None and COOKIE.encode() in cookie:
        return _from_cookie(cookie.decode("latin-1"))
    return None


def _password(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _from_cookie(text: str) -> str | None:
    try:
        morsel = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return None
    return None if morsel is None else unquote(morsel.value)
