"""Whether a calibration table belongs to a Measurement Set, from what both say of themselves."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

_SECONDS = 86_400.0


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What a Measurement Set says. ``names``: its own, and its file's. Times are MJD, UTC."""

    names: tuple[str, ...] = ()
    telescope: str | None = None
    fields: tuple[str, ...] = ()
    start_mjd: float | None = None
    end_mjd: float | None = None
    applied: tuple[str, ...] = ()


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration table says. ``names``: its own, and its file's."""

    path: str = ""
    names: tuple[str, ...] = ()
    ms_name: str | None = None
    telescope: str | None = None
    fields: tuple[str, ...] = ()
    start_mjd: float | None = None
    end_mjd: float | None = None


def names_it(ms: Observed, table: Solved) -> bool:
    """The table says that it was solved on this Measurement Set."""
    return table.ms_name in ms.names and not _differ(ms.telescope, table.telescope)


def were_applied(ms: Observed, tables: Mapping[int, Solved]) -> set[int]:
    """Those of the tables that the history of the Measurement Set names.

    By the whole path where one of them has it, else by the file's name: then every table of that
    name may have been it, and all are answered.
    """
    found: set[int] = set()
    for said in ms.applied:
        name = said.rstrip("/")
        same = {key for key, table in tables.items() if table.path == name}
        found |= same or {
            key for key, table in tables.items() if name.rpartition("/")[2] in table.names
        }
    return found


def is_valid_for(ms: Observed, table: Solved, tolerance_seconds: float) -> bool:
    """The table's times, widened by a tolerance at both ends, share a moment with those of the
    Measurement Set, and neither telescope nor fields, where both are known, are others.
    """
    if ms.start_mjd is None or ms.end_mjd is None:
        return False
    if table.start_mjd is None or table.end_mjd is None:
        return False
    more = tolerance_seconds / _SECONDS
    if table.start_mjd - more > ms.end_mjd or table.end_mjd + more < ms.start_mjd:
        return False
    if ms.fields and table.fields and not set(ms.fields) & set(table.fields):
        return False
    return not _differ(ms.telescope, table.telescope)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() != other.casefold()
