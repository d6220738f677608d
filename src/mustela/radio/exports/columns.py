"""What the columns of a table mean: kind, unit, UCD. Read from a record, told to every format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec

from mustela.store.record import Record

#: ``ascii`` is text without other letters, ``json`` whatever has no kind of its own.
Kind: TypeAlias = Literal[
    "ascii", "text", "texts", "json", "time", "double", "doubles", "int", "long", "truth"
]


class Column(msgspec.Struct, frozen=True):
    """One column.

    ``unit`` as VOUnits writes it, ``ucd`` a UCD1+, ``utype`` a place in a data model, ``xtype``
    a DALI type.
    """

    name: str
    kind: Kind
    unit: str | None = None
    ucd: str | None = None
    utype: str | None = None
    xtype: str | None = None
    description: str | None = None


class Meaning(msgspec.Struct, frozen=True):
    """What the name of a record's field does not tell a program. ``ascii``: of its text."""

    ucd: str | None = None
    unit: str | None = None
    description: str | None = None
    ascii: bool = False


#: Endings of names that are units.
_UNITS = {
    "_deg": "deg",
    "_arcsec": "arcsec",
    "_hz": "Hz",
    "_jy": "Jy",
    "_mjd": "d",
    "_seconds": "s",
    "_px": "pixel",
}


def columns_of(record: type[Record], meanings: Mapping[str, Meaning]) -> list[Column]:
    """The public fields of a record as columns; the unit stands in the name unless it is said."""
    hints = get_type_hints(record)
    return [
        _column(name, hints[name], meanings.get(name, _NOTHING))
        for name in record.public.__struct_fields__
    ]


_NOTHING = Meaning()


def _column(name: str, hint: Any, meaning: Meaning) -> Column:
    unit = meaning.unit
    if unit is None:
        unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), None)
    kind = _kind(hint)
    if kind == "text" and meaning.ascii:
        kind = "ascii"
    return Column(name, kind, unit, meaning.ucd, description=meaning.description)


def _kind(hint: Any) -> Kind:
    if get_origin(hint) is UnionType:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        return "doubles" if get_args(hint)[0] is float else "texts"
    plain: dict[Any, Kind] = {
        str: "text",
        float: "double",
        int: "long",
        bool: "truth",
        datetime: "time",
    }
    return plain.get(hint, "json")
