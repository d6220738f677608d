"""``mustela db copy``: the catalog moves to another engine, or to another file."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from mustela.app import branches, collections
from mustela.console import DONE_WITH_ERRORS, AsJson, Printer, fail, out, say
from mustela.store.context import from_microseconds
from mustela.store.copy import Copied, CopyDiffers, Progress, copy_database
from mustela.store.copy.refusals import SourceBehind

#: Seconds between two lines on how far it is.
_SILENCE = 5.0


def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The catalog: its database URL.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="A URL: an empty database, or a new file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Copy the catalog to another database, and compare every row with the original.

    FROM may be in use: what is copied is one moment of it. Exit status: 1 where
    the copy differs; it is thrown away then, and TO is as it was before.
    """
    try:
        done = copy_database(source, target, branches(collections()), progress=_Said().listen)
    except SourceBehind as error:
        fail(f"{error.message} To upgrade it: mustela db upgrade --database-url '{error.url}'")
    except CopyDiffers as error:
        for one in error.differences:
            say(str(one))
        fail("the copy differs from the catalog, and was thrown away", DONE_WITH_ERRORS)
    if as_json:
        Printer(json=True).print_json(_document(done))
    else:
        _print(done)


class _Said:
    """Says how far it is: each table when it is done, a long one every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def listen(self, progress: Progress) -> None:
        """One word on how far it is."""
        now = time.monotonic()
        if progress.whole or now - self._last >= _SILENCE:
            more = "" if progress.whole else " so far"
            say(f"{progress.table}: {progress.rows:,} rows {progress.stage}{more}")
            self._last = now


def _print(done: Copied) -> None:
    at = f"{from_microseconds(done.snapshot_at):%Y-%m-%d %H:%M:%S} UTC"
    rows = sum(done.tables.values())
    out().print(f"{len(done.tables)} tables with {rows:,} rows are copied and compared.")
    out().print(f"The copy is the catalog as it was at {at}.")
    if done.changed_since:
        out().print(
            "The catalog has changed since, and that is not in the copy: stop what writes to it,"
            " and copy again to a database that is empty."
        )
    if done.left_behind:
        out().print(f"No table of Mustela's, and not copied: {', '.join(done.left_behind)}.")


def _document(done: Copied) -> dict[str, Any]:
    return {**done._asdict(), "snapshot_at": from_microseconds(done.snapshot_at)}
