"""Reading a reference catalogue from a file: csv, VOTable or FITS table."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from mustela.errors import MustelaError
from mustela.radio.references.record import Reference

if TYPE_CHECKING:
    from astropy.table import Table

#: What is read of a catalogue.
Field: TypeAlias = Literal["name", "ra", "dec", "flux", "frequency"]
FIELDS: tuple[Field, ...] = get_args(Field)

#: What columns are called where nobody says, in any case.
_NAMES: Mapping[Field, tuple[str, ...]] = {
    "name": ("name", "source_name", "source", "source_id", "id"),
    "ra": ("ra", "ra_deg", "raj2000", "_raj2000", "ra_icrs"),
    "dec": ("dec", "dec_deg", "decl", "dej2000", "decj2000", "_dej2000", "de_icrs"),
    "flux": ("flux", "flux_jy", "flux_mjy", "integrated_jy", "total_flux", "int_flux"),
    "frequency": ("frequency", "frequency_hz", "frequency_mhz", "frequency_ghz", "freq"),
}
_WANTED: Mapping[Field, str] = {"ra": "deg", "dec": "deg", "flux": "Jy", "frequency": "Hz"}
_FORMATS = {
    ".csv": "ascii.csv",
    ".fit": "fits",
    ".fits": "fits",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
}


class BadReferences(MustelaError):
    """A reference catalogue could not be read."""

    code = "bad_reference_catalogue"


def read_references(
    path: str | Path,
    *,
    columns: Mapping[Field, str] | None = None,
    units: Mapping[Field, str] | None = None,
    frequency_hz: float | None = None,
) -> list[Reference]:
    """The sources of a catalogue, in the order of the file.

    ``columns`` names the columns of ``name``, ``ra``, ``dec``, ``flux`` and ``frequency`` where
    they are not called so. Units are the file's; ``units`` says them where it does not. Positions
    (ICRS; J2000 differs from it by less than 0.03 arcseconds) are degrees where nothing is said,
    or sexagesimal text with right ascension in hours. A flux density or frequency needs a unit:
    the file's, one in the column's name (``flux_mjy``), or one in ``units``. ``frequency_hz`` is
    that of the whole catalogue, where it has no such column. A flux density or frequency that is
    blank is ``None``. Raises :class:`BadReferences`.
    """
    table = _table(Path(path))
    found = {field: _column(table, field, columns or {}) for field in FIELDS}
    for field in ("name", "ra", "dec"):
        if found[field] is None:
            raise BadReferences(
                f"{path}: no column holds the {field}; say which of {', '.join(table.colnames)} "
                f"does with columns={{'{field}': ...}}"
            )
    said = units or {}
    names = _texts(found["name"])
    numbers = {field: _numbers(found[field], field, said, len(names)) for field in _WANTED}
    sources: list[Reference] = []
    for row, name in enumerate(names):
        ra, dec, flux, frequency = (numbers[field][row] for field in _WANTED)
        if not name or ra is None or dec is None:
            raise BadReferences(f"{path}: row {row + 1} has no name or no position")
        sources.append(
            Reference(name, ra, dec, flux, frequency_hz if frequency is None else frequency)
        )
    return sources


def _table(path: Path) -> Table:
    """The file's one table, its blank values masked. Its columns have no types of use."""
    # Here, because the repository's other parts work without astropy.
    from astropy.table import Table  # noqa: PLC0415  # an optional extra

    format_ = _FORMATS.get(path.suffix.lower())
    if format_ is None:
        raise BadReferences(
            f"{path}: what the file is cannot be told from its name; it must end in "
            f"{', '.join(sorted(_FORMATS))}"
        )
    with warnings.catch_warnings():
        # Catalogues are full of small sins against their standards.
        warnings.simplefilter("ignore")
        try:
            table = Table.read(path, format=format_)
        except FileNotFoundError:
            raise BadReferences(f"{path}: there is no such file") from None
        except (OSError, ValueError, IndexError, TypeError) as error:
            raise BadReferences(f"{path}: cannot be read as {format_}: {error}") from error
    return Table(table, masked=True)


def _column(table: Table, field: Field, columns: Mapping[Field, str]) -> Any:
    if field in columns:
        if columns[field] not in table.colnames:
            raise BadReferences(
                f"there is no column {columns[field]!r}; the table has {', '.join(table.colnames)}"
            )
        return table[columns[field]]
    by_name = {name.lower(): name for name in reversed(table.colnames)}
    for name in _NAMES[field]:
        if name in by_name:
            return table[by_name[name]]
    return None


def _texts(column: Any) -> list[str]:
    """The names, empty where they are blank."""
    return [
        "" if blank else str(name).strip() for name, blank in zip(column, column.mask, strict=True)
    ]


def _numbers(
    column: Any, field: Field, units: Mapping[Field, str], size: int
) -> list[float | None]:
    """The column in degrees, Jy or Hz; ``None`` where it is blank."""
    if column is None:
        return [None] * size
    # As above.
    from astropy import units as u  # noqa: PLC0415  # an optional extra
    from astropy.coordinates import Angle  # noqa: PLC0415  # an optional extra

    wanted = u.Unit(_WANTED[field])
    if column.dtype.kind in "SUO":
        if field not in ("ra", "dec"):
            raise BadReferences(f"the column {column.name} holds text, not numbers")
        angle = u.hourangle if field == "ra" else u.deg
        try:
            values: Any = Angle([str(text) for text in column.filled("nan")], angle).to_value(u.deg)
        except (ValueError, TypeError) as error:
            raise BadReferences(f"the column {column.name} holds no angles: {error}") from error
        return list(map(_number, values))
    unit = _unit_of(column, field, units)
    try:
        factor: Any = u.Unit(unit).to(wanted)
    except (ValueError, TypeError) as error:
        raise BadReferences(
            f"the column {column.name} is in {unit!r}, which is no unit of {wanted}: {error}"
        ) from error
    return [
        None if blank else _number(float(value) * factor)
        for value, blank in zip(column.data.data, column.mask, strict=True)
    ]


def _unit_of(column: Any, field: Field, units: Mapping[Field, str]) -> Any:
    if field in units:
        return units[field]
    if column.unit is not None:
        return column.unit
    if field in ("ra", "dec"):
        return "deg"
    ending = column.name.lower().rpartition("_")[2]
    known = {"jy": "Jy", "mjy": "mJy", "ujy": "uJy", "hz": "Hz", "mhz": "MHz", "ghz": "GHz"}
    if ending not in known:
        raise BadReferences(
            f"the column {column.name} says no unit; say it with units={{'{field}': ...}}"
        )
    return known[ending]


def _number(value: float) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
