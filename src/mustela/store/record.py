"""Records: what a repository answers. A row underneath, converted where somebody looks.

Building a record costs a fraction of a microsecond whatever its width: the row's tuple *is* the
record. Times and lists are converted at the access, so that a list of a hundred records whose
names are wanted pays for names only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from math import isfinite
from operator import itemgetter
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypeAlias,
    dataclass_transform,
    get_args,
    get_type_hints,
)

import msgspec

from mustela.store.context import from_microseconds, to_microseconds
from mustela.store.errors import InvalidValue

_texts = msgspec.json.Decoder(tuple[str, ...])
_numbers = msgspec.json.Decoder(tuple[float, ...])
_object = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()


def check_plain(name: str, value: Any, allowed: tuple[type, ...]) -> None:
    """Refuse what no engine, or not every engine, would keep as it is."""
    kind = type(value)
    if kind not in allowed:
        wanted = " or ".join(one.__name__ for one in allowed)
        raise InvalidValue(f"{name} must be {wanted}, not {kind.__name__}")
    if kind is int:
        if not -(2**63) <= value < 2**63:
            raise InvalidValue(f"{name} must fit in 64 bits")
    elif kind is float:
        if not isfinite(value):
            raise InvalidValue(f"{name} must be a finite number, or null")
    elif kind is str:
        check_text(name, value)


def check_text(name: str, value: str) -> None:
    """Refuse text that is not Unicode or holds a NUL: ``InvalidValue``."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{name} is not Unicode text (position {error.start})") from error
    if "\0" in value:
        raise InvalidValue(f"{name} cannot hold a NUL character")


def _to_microseconds(value: Any) -> int:
    if not isinstance(value, datetime):
        raise InvalidValue(f"a time must be a datetime, not {type(value).__name__}")
    return to_microseconds(value)


def _to_texts(value: Any) -> str:
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(
        isinstance(one, str) for one in value
    ):
        raise InvalidValue("a list of texts must hold texts")
    for one in value:
        check_text("a text", one)
    return encode_texts(value)


def _to_truth(value: Any) -> int:
    if not isinstance(value, bool):
        raise InvalidValue(f"a truth value must be true or false, not {type(value).__name__}")
    return int(value)


def _to_numbers(value: Any) -> str:
    if not isinstance(value, (list, tuple)) or not all(
        type(one) in (int, float) and isfinite(one) for one in value
    ):
        raise InvalidValue("a list of numbers must hold finite numbers")
    return _encoder.encode([float(one) for one in value]).decode()


def _to_object(value: Any) -> str:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise InvalidValue("an object must have texts as its names")
    try:
        text = _encoder.encode(dict(value)).decode()
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"an object must hold what JSON can: {error}") from error
    check_text("an object", text)
    return text


JsonKind: TypeAlias = Literal["time", "json", "truth"]


class Codec(NamedTuple):
    """How a type is kept in a column, where that differs."""

    to_column: Callable[[Any], Any]
    from_column: Callable[[Any], Any]
    to_json: Callable[[Any], Any]
    #: What an engine makes of the column in JSON (see ``mustela.store.document``).
    kind: JsonKind


#: Until 2106 a double holds a time to well below half a microsecond, so that rounding is exact.
_EXACT = 2**32 * 1_000_000


def to_time(value: int) -> datetime | None:
    """As :func:`from_microseconds`, in half the time where a double is exact.

    ``None`` for what lies outside of the calendar (files claim the strangest times).
    """
    if 0 <= value < _EXACT:
        return _from_timestamp(value / 1_000_000, UTC)
    try:
        return from_microseconds(value)
    except OverflowError:
        return None


_from_timestamp = datetime.fromtimestamp


def encode_texts(values: Iterable[str]) -> str:
    """Texts as a JSON array."""
    return _encoder.encode(list(values)).decode()


def encode_keys(keys: Iterable[int]) -> str:
    """Integers as a JSON array, as ``in_json_numbers`` takes it."""
    return "[" + ",".join(map(str, keys)) + "]"


@lru_cache(maxsize=4096)
def decode_texts(value: str) -> tuple[str, ...]:
    """The texts of a JSON array."""
    return _texts.decode(value)


CODECS: dict[Any, Codec] = {
    datetime: Codec(_to_microseconds, to_time, to_time, "time"),
    tuple[str, ...]: Codec(_to_texts, decode_texts, decode_texts, "json"),
    tuple[float, ...]: Codec(_to_numbers, _numbers.decode, _numbers.decode, "json"),
    dict[str, Any]: Codec(_to_object, _object.decode, _object.decode, "json"),
    bool: Codec(_to_truth, bool, bool, "truth"),
}


_PLAIN: dict[Any, tuple[type, ...]] = {int: (int,), float: (float, int), str: (str,)}


def _base_type(hint: Any) -> Any:
    """The type of a field, without its ``None``."""
    if isinstance(hint, UnionType):
        (found,) = (part for part in get_args(hint) if part is not NoneType)
        return found
    return hint


def _getter(position: int, codec: Codec | None) -> property:
    if codec is None:
        return property(itemgetter(position))
    convert = codec.from_column

    def get(record: Any) -> Any:
        value = tuple.__getitem__(record, position)
        return None if value is None else convert(value)

    return property(get)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record(tuple[Any, ...]):
    """Declare fields as annotations with defaults, in the order of the columns.

    ``datetime`` (aware) is kept as integer microseconds since 1970 UTC, ``tuple[str, ...]`` and
    ``tuple[float, ...]`` as a JSON array, ``dict[str, Any]`` as a JSON object, ``bool`` as 0 or 1;
    everything else as it is. Records are immutable, equal when their class and values are, and
    made with keywords.
    """

    __slots__ = ()

    fields: ClassVar[tuple[str, ...]] = ()
    #: Fields that JSON does not show.
    hidden: ClassVar[tuple[str, ...]] = ()
    #: A msgspec ``Struct`` with the other fields and Python types: the record in JSON.
    public: ClassVar[type[msgspec.Struct]]
    _defaults: ClassVar[dict[str, Any]] = {}
    _codecs: ClassVar[dict[str, Codec]] = {}
    _allowed: ClassVar[dict[str, tuple[type, ...]]] = {}
    _shown: ClassVar[Callable[[Any], tuple[Any, ...]]]
    _converted: ClassVar[tuple[tuple[int, Callable[[Any], Any]], ...]] = ()

    def __init_subclass__(cls) -> None:
        hints = {
            name: hint
            for name, hint in get_type_hints(cls).items()
            if name not in get_type_hints(Record)
        }
        cls.fields = tuple(hints)
        own = {name: cls.__dict__[name] for name in hints if name in cls.__dict__}
        cls._defaults = {**cls._defaults, **own}  # those of the class it extends, too
        cls._codecs = {
            name: CODECS[_base_type(hint)]
            for name, hint in hints.items()
            if _base_type(hint) in CODECS
        }
        cls._allowed = {
            name: _PLAIN[_base_type(hint)]
            for name, hint in hints.items()
            if _base_type(hint) in _PLAIN
        }
        shown = [name for name in hints if name not in cls.hidden]
        places = [cls.fields.index(name) for name in shown]
        # Of a single place itemgetter would answer the value itself.
        cls._shown = (
            itemgetter(*places) if len(places) > 1 else lambda row: tuple([row[n] for n in places])
        )
        cls._converted = tuple(
            (position, cls._codecs[name].to_json)
            for position, name in enumerate(shown)
            if name in cls._codecs
        )
        for position, name in enumerate(hints):
            setattr(cls, name, _getter(position, cls._codecs.get(name)))
        cls.public = msgspec.defstruct(
            cls.__name__, [(name, hints[name]) for name in shown], frozen=True
        )
        cls.public.__doc__ = cls.__doc__

    def __new__(cls, **values: Any) -> Self:
        unknown = values.keys() - set(cls.fields)
        if unknown:
            raise TypeError(f"{cls.__name__} has no field {min(unknown)!r}")
        given = {**cls._defaults, **values}
        missing = [name for name in cls.fields if name not in given]
        if missing:
            raise TypeError(f"{cls.__name__} needs {', '.join(missing)}")
        row = cls.columns(given)
        return tuple.__new__(cls, [row[name] for name in cls.fields])

    @classmethod
    def columns(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Python values as they are kept in columns; ``InvalidValue`` names what cannot be."""
        codecs, allowed = cls._codecs, cls._allowed
        row = dict(values)
        for name, value in values.items():
            if value is None:
                if name not in cls.fields:
                    raise InvalidValue(f"{cls.__name__} has no field {name!r}")
            elif name in allowed:
                check_plain(name, value, allowed[name])
            elif name in codecs:
                row[name] = codecs[name].to_column(value)
            else:
                raise InvalidValue(f"{cls.__name__} has no field {name!r}")
        return row

    @classmethod
    def json_kind(cls, name: str) -> JsonKind | None:
        """How a field's column becomes JSON; ``None`` where it is JSON's own kind already."""
        codec = cls._codecs.get(name)
        return None if codec is None else codec.kind

    @classmethod
    def from_row(cls, *row: Any) -> Self:
        """The record of a row whose columns stand in the order of the fields."""
        return tuple.__new__(cls, row)

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[Any, ...]]) -> list[Self]:
        """The records of many rows: half the time of :meth:`from_row` for each."""
        return list(map(partial(tuple.__new__, cls), rows))

    def row(self) -> dict[str, Any]:
        """Column values by name."""
        return dict(zip(self.fields, self, strict=True))

    def asdict(self) -> dict[str, Any]:
        """Python values by name."""
        return {name: getattr(self, name) for name in self.fields}

    def replace(self, **values: Any) -> Self:
        """A copy with some fields changed."""
        row = {**self.row(), **self.columns(values)}
        return tuple.__new__(type(self), [row[name] for name in self.fields])

    def to_public(self) -> msgspec.Struct:
        """The record with Python types, ready for JSON (times become RFC 3339)."""
        values: list[Any] = list(type(self)._shown(self))
        for position, convert in self._converted:
            value = values[position]
            if value is not None:
                values[position] = convert(value)
        return self.public(*values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return tuple.__hash__(self)

    def __repr__(self) -> str:
        said = ", ".join(
            f"{name}={value!r}"
            for name, value in self.asdict().items()
            if name not in self._defaults or value != self._defaults[name]
        )
        return f"{type(self).__name__}({said})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_row, tuple(self))
