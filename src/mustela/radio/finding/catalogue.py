"""Catalogues of radio sources that other programs wrote, as ``Detection``s."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from mustela.radio.finding.aegean_flags import words_of
from mustela.radio.finding.detection import Detection
from mustela.radio.finding.dialects import ANGLE, FIELDS, FLUX, WORDS, Dialect, dialect_of
from mustela.radio.finding.ellipse import deconvolved, half_turn
from mustela.radio.finding.frames import turned_errors
from mustela.radio.finding.sky_columns import BadPosition, sky_columns
from mustela.radio.finding.table import Cell, Table, read_table

_FLUX_UNITS = {"jy": 1.0, "mjy": 1e-3, "ujy": 1e-6, "µjy": 1e-6, "njy": 1e-9}
_LENGTH_UNITS = {
    **dict.fromkeys(("deg", "degree", "degrees"), 3600.0),
    **dict.fromkeys(("arcmin", "amin"), 60.0),
    **dict.fromkeys(("arcsec", "asec", "arcsecond", "arcseconds", '"'), 1.0),
    "mas": 1e-3,
    "rad": 206264.80624709636,
}

#: A size or an error of none is one that is not known; a deconvolved size of none is a point.
_POSITIVE = frozenset(
    field
    for field in FIELDS
    if "_error_" in field or field in ("local_rms_jy", "major_arcsec", "minor_arcsec")
)

Reader = Callable[[dict[str, Cell]], Any]


class Problem(msgspec.Struct, frozen=True):
    """What could not be read. ``row`` counts from 1 after the header; ``None``: the whole file."""

    row: int | None
    reason: str


class Catalogue(msgspec.Struct, frozen=True):
    """What a file says. ``format`` is ``aegean``, ``pybdsf``, ``selavy`` or ``generic``."""

    format: str
    detections: tuple[Detection, ...]
    problems: tuple[Problem, ...] = ()


def read_catalogue(path: str | bytes) -> Catalogue:
    """A catalogue by Aegean, PyBDSF or Selavy, or one with columns that are recognised.

    FITS tables, VOTables, and text with commas, tabs or blanks. Units are the file's; where it
    gives none, those in which the finder writes (see ``dialects``). A row without a position is
    left out and named in ``problems``; a value that cannot be understood is ``None``. A catalogue
    without rows is a good one.

    Raises ``NotACatalogue`` where the file is none, ``OSError`` where it cannot be opened.
    """
    table = read_table(path)
    dialect = dialect_of(table.columns)
    problems = [Problem(number, reason) for number, reason in table.broken]
    if not table.rows and not table.broken and _empty_selavy(table):
        return Catalogue("selavy", ())
    sky = sky_columns(table)
    readers = _readers(table, dialect, problems)
    beam = _beam_columns(table)
    detections = []
    for number, row in table.rows:
        try:
            ra, dec, north = sky.read(row)
        except BadPosition as error:
            problems.append(Problem(number, str(error)))
            continue
        values = {field: read(row) for field, read in readers.items()}
        _turn(values, north)
        if beam:
            _take_beam(values, row)
        detections.append(
            Detection(kind="imported", ra_deg=ra, dec_deg=dec, flags=_flags(row, dialect), **values)
        )
    return Catalogue(dialect.name, tuple(detections), tuple(problems))


def _empty_selavy(table: Table) -> bool:
    """Selavy runs the names of the columns together where it has found nothing."""
    return len(table.columns) < 2 and "component_id" in "".join(table.columns)


def _readers(table: Table, dialect: Dialect, problems: list[Problem]) -> dict[str, Reader]:
    """For each field how to read it from a row; what is not there is told once."""
    readers: dict[str, Reader] = {}
    for field, kind in FIELDS.items():
        column, unit = _column(table, dialect, field)
        if column is None:
            if field in ("peak_jy", "integrated_jy"):
                problems.append(Problem(None, f"no column for {field} is known"))
            continue
        if kind == WORDS:
            readers[field] = _words(column)
            continue
        if kind == ANGLE:
            scale: float | None = 1.0
        else:
            scale = _scale(unit, flux=kind == FLUX)
        if scale is None:
            what = f"in {unit!r}, which is not understood" if unit else "without a unit"
            problems.append(Problem(None, f"the column {column} is {what}; {field} stays unknown"))
            continue
        readers[field] = _number(column, scale, field in _POSITIVE)
    if dialect.name == "aegean":
        readers["name"] = _island_and_component
    return readers


def _column(table: Table, dialect: Dialect, field: str) -> tuple[str | None, str | None]:
    """The column for a field and its unit: the file's, its name's, or the dialect's."""
    usual = dialect.flux_unit if FIELDS[field] == FLUX else dialect.length_unit
    if field in ("ra_error_arcsec", "dec_error_arcsec"):
        usual = dialect.error_unit
    for name in dialect.columns.get(field, ()):
        if name in table.columns:
            return name, table.units.get(name, usual)
    endings = ("jy", "mjy", "ujy") if FIELDS[field] == FLUX else ("deg", "arcmin", "arcsec")
    stem = field.rpartition("_")[0]
    for name in (stem, *dialect.columns.get(field, ())):
        for ending in endings:
            if f"{name}_{ending}" in table.columns:
                return f"{name}_{ending}", ending
    return None, None


def _scale(unit: str | None, *, flux: bool) -> float | None:
    """Jy or arcseconds in one of a unit; ``None`` where it is not known."""
    if unit is None:
        return None
    spelled = "".join(unit.split()).lower()
    if not flux:
        return _LENGTH_UNITS.get(spelled)
    for ending in ("/beam", "beam-1", "beam^-1", "beam**-1"):
        spelled = spelled.removesuffix(ending)
    return _FLUX_UNITS.get(spelled.rstrip("."))


def _words(column: str) -> Reader:
    def read(row: dict[str, Cell]) -> str | None:
        return _text(row.get(column))

    return read


def _text(value: Cell) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else str(value)


def _number(column: str, scale: float, positive: bool) -> Reader:
    def read(row: dict[str, Cell]) -> float | None:
        value = row.get(column)
        if not isinstance(value, float) or (positive and value <= 0):
            return None
        return value * scale

    return read


def _island_and_component(row: dict[str, Cell]) -> str | None:
    island, component = _text(row.get("island")), _text(row.get("source"))
    return None if island is None or component is None else f"{island}/{component}"


def _turn(values: dict[str, Any], north: float) -> None:
    """Position angles into half a turn, in ICRS; position errors along its axes."""
    for field in ("pa_deg", "deconvolved_pa_deg"):
        angle = values.get(field)
        if angle is not None:
            # No angle is further around: such a value is something else.
            values[field] = half_turn(angle + north) if -360 <= angle <= 360 else None
    for field in ("deconvolved_major_arcsec", "deconvolved_minor_arcsec"):
        if (values.get(field) or 0.0) < 0:
            values[field] = None
    errors = values.get("ra_error_arcsec"), values.get("dec_error_arcsec")
    if north and errors[0] is not None and errors[1] is not None:
        turned = turned_errors(errors[0], errors[1], north)
        values["ra_error_arcsec"], values["dec_error_arcsec"] = turned


def _beam_columns(table: Table) -> bool:
    """Whether the rows carry the beam at their place, as Aegean's do."""
    return {"psf_a", "psf_b", "psf_pa", "a", "b", "pa"} <= set(table.columns)


def _take_beam(values: dict[str, Any], row: dict[str, Cell]) -> None:
    fitted = _three(values.get(field) for field in ("major_arcsec", "minor_arcsec", "pa_deg"))
    beam = _three(row.get(column) for column in ("psf_a", "psf_b", "psf_pa"))
    if fitted is None or beam is None or not (beam[0] > 0 and beam[1] > 0):
        return
    sizes = deconvolved(fitted, beam)
    values["deconvolved_major_arcsec"], values["deconvolved_minor_arcsec"] = sizes[:2]
    values["deconvolved_pa_deg"] = sizes[2]


def _three(values: Iterable[object]) -> tuple[float, float, float] | None:
    numbers = [value for value in values if isinstance(value, float)]
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None


def _flags(row: dict[str, Cell], dialect: Dialect) -> tuple[str, ...]:
    if dialect.name == "aegean":
        bits = row.get("flags")
        return words_of(int(bits)) if isinstance(bits, float) else ()
    if dialect.name == "pybdsf":
        return ("multiple",) if row.get("s_code") == "M" else ()
    if dialect.name == "selavy":
        said = (("fit_is_estimate", "estimate"), ("flag_c4", "bad_component"))
        return tuple(word for column, word in said if row.get(column) == 1.0)
    return ()
