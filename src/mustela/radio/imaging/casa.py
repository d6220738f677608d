"""Opening a CASA image, a directory, through its table: read-only and without any lock.

``casacore.images`` opens the table with locks, which a program that writes would wait for; so
pixels and coordinates are read from the table itself (casacore note 256 has its layout).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mustela.files.failure import Unreadable
from mustela.radio.casacore_paths import expect_rows_beside, text_of
from mustela.radio.imaging.axes import axes_of
from mustela.radio.imaging.casa_header import header_of, planes_beams
from mustela.radio.imaging.errors import NoImage
from mustela.radio.imaging.opened import OpenImage

try:
    from casacore.tables import table as casacore_table
except ImportError:  # there are wheels for Linux on x86-64 only
    casacore_table = None

_LOG_ROWS = 2000


@contextmanager
def open_casa(path: str) -> Iterator[OpenImage]:
    """``NoImage`` where the directory is no CASA image, ``Unreadable`` where it is damaged."""
    info = Path(path, "table.info")
    if not info.is_file():
        raise NoImage("a directory that is no CASA table")
    kind = info.read_text("latin-1").partition("\n")[0].partition("=")[2].strip()
    if kind.split(" ")[0] not in {"Image", "PagedImage"}:
        raise NoImage(f"a CASA table that is no image but: {kind or 'nothing that it says'}")
    path = text_of(path)
    with ExitStack() as stack:
        try:
            image = _open(path, stack)
        except (RuntimeError, KeyError, ValueError, OSError) as error:
            raise Unreadable("open", f"the CASA image is damaged: {error}") from error
        yield image


def _table(image: str, path: str, stack: ExitStack) -> Any:
    """The image's table, or one in it."""
    if casacore_table is None:
        raise Unreadable("library", "CASA images are read by python-casacore, which is missing")
    found = casacore_table(path, readonly=True, lockoptions="usernoread", ack=False)
    stack.callback(found.close)
    expect_rows_beside(image, found)
    return found


def _open(path: str, stack: ExitStack) -> OpenImage:
    table = _table(path, path, stack)
    keywords = table.getkeywords()
    column = table.colnames()[0]
    shape = [int(length) for length in table.getcolshapestring(column)[0].strip("[]").split(",")]
    header = header_of(keywords, shape)
    axes = axes_of(header, shape)
    if axes is None:
        raise NoImage("a CASA image whose axes are not on the sky")
    mask = _mask(path, keywords, stack)

    def section(index: tuple[int | slice, ...]) -> Any:
        pixels = _slice(table, column, index, shape)
        if np.iscomplexobj(pixels):
            raise ValueError("the pixels are complex numbers")
        if mask is not None:
            good = _slice(mask, mask.colnames()[0], index, shape)
            pixels = np.where(good, pixels, np.nan)
        return pixels

    return OpenImage(
        header, axes, section, hdu=0, history=_history(path, stack), beams=planes_beams(keywords)
    )


def _slice(table: Any, column: str, index: tuple[int | slice, ...], shape: list[int]) -> Any:
    """casacore wants both corners, the end included, and keeps axes of one pixel."""
    start: list[int] = []
    stop: list[int] = []
    taken: list[int | slice] = []
    for part, length in zip(index, shape, strict=True):
        if isinstance(part, slice):
            first, last, _ = part.indices(length)
            taken.append(slice(None))
        else:
            first, last = part, part + 1
            taken.append(0)
        start.append(first)
        stop.append(last - 1)
    return np.asarray(table.getcellslice(column, 0, start, stop))[tuple(taken)]


def _mask(path: str, keywords: Any, stack: ExitStack) -> Any:
    """The table of the default mask (true is good), which lies inside the image."""
    name = keywords.get("Image_defaultmask") or ""
    record = keywords.get("masks", {}).get(name, {}) if name else {}
    said = str(record.get("mask", ""))
    if not said:
        return None
    # The keyword holds the place where it was; the image may have been moved.
    inside = Path(path, os.path.basename(said.removeprefix("Table: ").rstrip("/")))  # noqa: PTH119
    return _table(path, str(inside), stack) if inside.is_dir() else None


def _history(path: str, stack: ExitStack) -> list[str]:
    log = Path(path, "logtable")
    if not log.is_dir():
        return []
    try:
        table = _table(path, str(log), stack)
        count = min(_LOG_ROWS, table.nrows())
        return [str(line) for line in table.getcol("MESSAGE", 0, count)] if count else []
    except (RuntimeError, KeyError):
        return []
