"""Tables of whatever format, as rows of plain values and the units that the file gives."""

from __future__ import annotations

import csv
import math
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.io.votable import parse as parse_votable
from astropy.io.votable.exceptions import VOTableSpecError
from astropy.table import Table as AstropyTable

from mustela.radio.finding.errors import NotACatalogue

Cell = str | float | None

#: A catalogue of more rows, or a text file of more bytes, is not one image's.
MAX_ROWS = 2_000_000
MAX_TEXT_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Table:
    """Columns in lower case with the units the file gives; rows with ``None`` where empty.

    ``broken`` names rows, counted from 1, that are not as wide as the header, and why; rows that
    only lack their last cells are read as well. ``equinox`` is a year, where the file says it.
    """

    columns: tuple[str, ...]
    units: dict[str, str]
    rows: list[tuple[int, dict[str, Cell]]]
    broken: list[tuple[int, str]] = field(default_factory=list)
    equinox: float | None = None


def read_table(path: str | bytes) -> Table:
    """A FITS table, a VOTable or a text table, told by what the file begins with.

    Raises ``NotACatalogue`` where it is none of them, and ``OSError`` where it cannot be opened.
    """
    name = Path(os.fsdecode(path))
    with name.open("rb") as file:
        start = file.read(2048)
    if not start.strip():
        raise NotACatalogue("the file is empty")
    if start.startswith((b"SIMPLE  =", b"\x1f\x8b")):
        return _fits(name)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _votable(name)
    return _text(name)


def _fits(path: Path) -> Table:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fits.open(path) as hdus:
                for hdu in hdus:
                    if isinstance(hdu, fits.BinTableHDU | fits.TableHDU) and not isinstance(
                        hdu, fits.CompImageHDU
                    ):
                        return _astropy(AstropyTable.read(hdu))
        except NotACatalogue:
            raise
        except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
            raise NotACatalogue(f"the FITS file cannot be read: {error}") from error
    raise NotACatalogue("the FITS file holds no table")


def _votable(path: Path) -> Table:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = parse_votable(path, verify="ignore").get_first_table().to_table()
        except (OSError, ValueError, TypeError, KeyError, IndexError, VOTableSpecError) as error:
            raise NotACatalogue(f"the file is no VOTable with a table in it: {error}") from error
    return _astropy(table)


def _astropy(table: Any) -> Table:
    if len(table) > MAX_ROWS:
        raise NotACatalogue(f"the table has {len(table):,} rows, the limit is {MAX_ROWS:,}")
    names = [_plain_name(name) for name in table.colnames]
    units = {
        name: str(table[column].unit)
        for name, column in zip(names, table.colnames, strict=True)
        if table[column].unit is not None
    }
    columns = [_cells(table[column]) for column in table.colnames]
    rows = [
        (number, dict(zip(names, values, strict=True)))
        for number, values in enumerate(zip(*columns, strict=True), start=1)
    ]
    equinox = {str(key).upper(): value for key, value in table.meta.items()}.get("EQUINOX")
    year = float(equinox) if isinstance(equinox, int | float) else None
    return Table(tuple(names), units, rows, equinox=year)


def _cells(column: object) -> list[Cell]:
    """A column's values; what is masked, not finite or no single value is ``None``."""
    values: Any = np.ma.asarray(column)
    if values.ndim != 1:
        return [None] * len(values)
    mask = np.ma.getmaskarray(values)
    return [
        None if hidden else _cell(value) for value, hidden in zip(values.data, mask, strict=True)
    ]


def _cell(value: object) -> Cell:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, np.bool_ | bool):
        return float(value)
    if isinstance(value, np.integer | np.floating | int | float):
        return float(value) if math.isfinite(value) else None
    return None


def _text(path: Path) -> Table:
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise NotACatalogue("the file is too large for a catalogue of one image")
    with path.open(encoding="utf-8-sig", errors="strict", newline="") as file:
        try:
            text = file.read()
        except UnicodeDecodeError as error:
            raise NotACatalogue("the file is neither text nor FITS nor VOTable") from error
    lines = text.splitlines()
    cut_off = bool(lines) and not text.endswith(("\n", "\r"))
    comments = [line.lstrip()[1:] for line in lines if line.lstrip().startswith("#")]
    body = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if comments and "island_id" in comments[0]:
        return _selavy(comments, body, cut_off)
    return _separated(comments, body, cut_off)


def _selavy(comments: Sequence[str], body: Sequence[str], cut_off: bool) -> Table:
    """Selavy's own text: names and units in two comments, values between blanks.

    A file without sources has its names run together; then there is nothing to read.
    """
    names = comments[0].split()
    if len(names) < 2 or not body:
        if body:
            raise NotACatalogue("the names of its columns run together")
        return Table(tuple(names), {}, [])
    units = _units_below(comments[0], comments[1]) if len(comments) > 1 else []
    last = len(names) - 1 if names[-1] == "comment" else len(names)
    # The comment may be empty, or hold blanks.
    return _rows(
        names[:last],
        units[:last],
        [line.split()[:last] for line in body],
        cut_off,
    )


def _separated(comments: Sequence[str], body: Sequence[str], cut_off: bool) -> Table:
    """Values between commas, tabs or blanks; names in the first line or in the last comment."""
    header = next((c for c in reversed(comments) if _looks_like_names(c)), None)
    lines = list(body)
    if lines and _looks_like_names(lines[0]):
        header, lines = lines[0], lines[1:]
    if header is None:
        raise NotACatalogue("the file has no line with the names of its columns")
    separator = "," if "," in header else "\t" if "\t" in header else None
    names = _split(header, separator)
    found = [re.search(r"[\[(]([^\])]*)[\])]\s*$", name) for name in names]
    bare = [re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", name) for name in names]
    units = [match.group(1) if match else "" for match in found]
    return _rows(bare, units, [_split(line, separator) for line in lines], cut_off)


def _rows(
    names: Sequence[str], units: Sequence[str], values: Sequence[list[str]], cut_off: bool
) -> Table:
    plain = [_plain_name(name) for name in names]
    rows: list[tuple[int, dict[str, Cell]]] = []
    broken: list[tuple[int, str]] = []
    for number, cells in enumerate(values, start=1):
        if len(cells) != len(plain):
            broken.append((number, f"it has {len(cells)} values for {len(plain)} columns"))
            if len(cells) > len(plain) or (cut_off and number == len(values)):
                continue
        rows.append((number, {n: _text_cell(c) for n, c in zip(plain, cells, strict=False)}))
    given = {name: unit for name, unit in zip(plain, units, strict=False) if unit.strip("- ")}
    return Table(tuple(plain), given, rows, broken)


def _text_cell(text: str) -> Cell:
    text = text.strip()
    if not text or text.lower() in ("nan", "null", "none", "--", "inf", "-inf", "masked"):
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else None


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _looks_like_names(line: str) -> bool:
    """A line with the names of a position in it; a row of values has none."""
    words = {_plain_name(word) for word in re.split(r"[\s,\[\]()]+", line) if word}
    return bool(words & {"ra", "raj2000", "ra_deg", "ra_deg_cont", "ra_hms_cont", "glon", "ra_str"})


def _units_below(names: str, units: str) -> list[str]:
    """The unit under each name of a fixed-width header; both end where their column ends."""
    found = [(match.group(), match.end()) for match in re.finditer(r"\S+", units)]
    result, before = [], 0
    for name in re.finditer(r"\S+", names):
        here = [unit for unit, end in found if before < end <= name.end()]
        result.append(here[0].strip("[]") if here else "")
        before = name.end()
    return result


def _plain_name(name: str) -> str:
    """Lower case; VOTable ids of Selavy carry ``col_`` in front."""
    return name.strip().strip('"').lower().removeprefix("col_")
