"""Services that the operator lists, to be looked at with the server's own parts.

Written ``NAME=tcp://HOST:PORT`` or ``NAME=http://HOST/PATH`` (also ``https``).
"""

from __future__ import annotations

import re
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import msgspec

from mustela.errors import MustelaError

#: What the server's own parts are called.
OWN_NAMES = ("store", "queue", "watcher", "disk", "roots", "cache")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PORTS = {"http": 80, "https": 443}


class BadService(MustelaError, ValueError):
    """A service is not written NAME=tcp://HOST:PORT or NAME=http(s)://HOST/PATH."""

    code = "bad_service"


class ListedService(msgspec.Struct, frozen=True):
    """Where a service answers; ``path`` is what is asked of one that speaks HTTP."""

    name: str
    scheme: Literal["tcp", "http", "https"]
    host: str
    port: int
    path: str = "/"


def parse_services(value: Any) -> tuple[ListedService, ...]:
    """From texts ``NAME=URL``, or a table of names and URLs; raises :class:`BadService`."""
    pairs = list(value.items()) if isinstance(value, dict) else [_pair(one) for one in value]
    services = tuple(
        one if isinstance(one, ListedService) else _service(name, one) for name, one in pairs
    )
    names = [one.name for one in services]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadService(f"two services are called {', '.join(twice)}")
    return services


def _pair(one: Any) -> tuple[str, Any]:
    if isinstance(one, ListedService):
        return one.name, one
    name, equals, url = str(one).partition("=")
    if not equals:
        raise BadService(f"{one!r} is not written NAME=URL")
    return name.strip(), url.strip()


def _service(name: str, url: Any) -> ListedService:
    if not _NAME.fullmatch(name):
        raise BadService(f"{name!r} is no name: use small letters, digits, _ and -")
    if name in OWN_NAMES:
        raise BadService(f"{name} is a part of the server itself; choose another name")
    try:
        parts = urlsplit(str(url))
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise BadService(f"the address of {name} cannot be read: {error}") from error
    if parts.scheme not in {"tcp", "http", "https"} or not parts.hostname or port is None:
        raise BadService(
            f"the address of {name} is not tcp://HOST:PORT or http(s)://HOST[:PORT][/PATH]"
        )
    if "@" in parts.netloc:
        raise BadService(f"the address of {name} has a password in it; none is ever sent")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    if not path.isascii() or not path.isprintable() or " " in path:
        raise BadService(f"the address of {name} has letters in it that a URL does not have")
    scheme = cast(Literal["tcp", "http", "https"], parts.scheme)
    return ListedService(name, scheme, parts.hostname, port, path)
