"""The value of one setting: what it may be, and how a file's or a variable's text becomes it."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import msgspec.inspect
from msgspec import Meta

from mustela.errors import MustelaError
from mustela.http.tokens import BadToken, Token, parse_token
from mustela.radio.rules.record import RadioRules
from mustela.system.listed_service import BadService, ListedService, parse_services

_PATHS = ("data_dir", "tokens_file", "pictures_dir")
_DATABASES = ("sqlite:///", "postgresql://")
_CACHES = ("redis://", "rediss://", "unix://")
#: Where a file or variable says these, the value must not stand in a message.
_SECRET = ("tokens", "database_url", "cache_url")


class SettingError(MustelaError, ValueError):
    """A setting has a value that is not allowed."""

    code = "setting_invalid"


class Said(NamedTuple):
    """What a source, by its name for people, says of a setting."""

    name: str
    source: str
    value: Any


def description_of(name: str, kind: Any) -> str:
    """What stands in its annotation."""
    for part in getattr(kind, "__metadata__", ()):
        if isinstance(part, Meta) and part.description:
            return part.description
    raise AssertionError(f"the setting {name} is not documented")


def converted(said: Said, kind: Any) -> Any:
    """The value, of the annotated type ``kind``; :class:`SettingError` where it is not allowed."""
    name, source, value = said
    if name == "tokens":
        return _tokens(value, source)
    if name == "services":
        return _services(value, source)
    if name == "radio":
        return _rules(value, source)
    if name == "database_url" and not str(value).startswith(_DATABASES):
        raise SettingError(f"{source} is not allowed; it takes {' or '.join(_DATABASES)}...")
    if name == "cache_url" and value and not _is_cache(str(value)):
        raise SettingError(f"{source} is not allowed; it takes {' or '.join(_CACHES)}...")
    if name == "trusted_proxies":
        return _networks(value, source)
    if isinstance(value, Path):
        value = str(value)
    try:
        return msgspec.convert(value, kind, strict=not isinstance(value, str), dec_hook=_to_path)
    except msgspec.ValidationError as error:
        shown = "" if name in _SECRET else f" has the value {value!r}, which"
        raise SettingError(
            f"{source}{shown} is not allowed; it takes {_allowed(name, kind)}. "
            f"{description_of(name, kind)}"
        ) from error


def _is_cache(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return url.startswith(_CACHES) and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def _to_path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str) and value:
        return Path(value).expanduser().absolute()
    raise ValueError("Expected a path")


def _tokens(value: Any, source: str) -> tuple[Token, ...]:
    try:
        return tuple(one if isinstance(one, Token) else parse_token(one) for one in value)
    except (BadToken, TypeError) as error:
        raise SettingError(f"{source} is not allowed: {error}") from error


def _networks(value: Any, source: str) -> tuple[str, ...]:
    """Addresses and networks; a name would be of no use, because no request says its own."""
    if isinstance(value, str):
        value = [value]
    try:
        for one in value:
            ip_network(one)
        return tuple(value)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"{source} is not allowed; it takes addresses and networks: {error}"
        ) from error


def _services(value: Any, source: str) -> tuple[ListedService, ...]:
    try:
        return parse_services(value)
    except (BadService, TypeError) as error:
        raise SettingError(f"{source} is not allowed: {error}") from error


def _rules(value: Any, source: str) -> RadioRules:
    if isinstance(value, RadioRules):
        return value
    try:
        if isinstance(value, str):
            return msgspec.json.decode(value, type=RadioRules)
        return msgspec.convert(value, RadioRules)
    except msgspec.MsgspecError as error:
        raise SettingError(f"{source} is not allowed: {error}") from error


def _allowed(name: str, kind: Any) -> str:
    """What a setting takes, in words."""
    info = msgspec.inspect.type_info(kind)
    if isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    if isinstance(info, msgspec.inspect.LiteralType):
        return " or ".join(sorted(map(str, info.values)))
    if isinstance(info, msgspec.inspect.BoolType):
        return "true or false"
    if isinstance(info, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        number = "a whole number" if isinstance(info, msgspec.inspect.IntType) else "a number"
        if info.gt is not None:
            return f"{number} above {info.gt}"
        if info.ge is None:
            return number
        return f"{number} from {info.ge}" + (
            f" to {info.le}" if info.le is not None else " upwards"
        )
    if isinstance(info, msgspec.inspect.VarTupleType):
        return "a list, in a variable with commas between"
    return "a path" if name in _PATHS else "some text"
