"""What every command shares: how it opens the catalog, prints, and fails.

Heavy imports stand inside functions: ``mustela --help`` must not wait for a database's libraries.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Protocol

import msgspec
import typer
from rich.console import Console as RichConsole
from rich.table import Table

if TYPE_CHECKING:
    from mustela.store import Store  # its libraries are slow to load

#: Columns that are wrapped where a terminal is narrow.
_LONG = ("path", "error", "problem")
#: Where nobody reads, nothing is wrapped.
_WIDE = 100_000

#: Exit statuses.
DONE, DONE_WITH_ERRORS, USAGE, CANCELLED = 0, 1, 2, 130


#: Options that commands share.
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Directory of the database, pictures and backups."),
]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="sqlite:///PATH or postgresql://...")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


class OpenCatalog(Protocol):
    """Opens the catalog's sync store, upgraded; ``command`` stands in the audit."""

    def __call__(
        self, data_dir: Path | None, database_url: str | None, command: str
    ) -> AbstractContextManager[Store]: ...


@dataclass(frozen=True)
class Shared:
    """Given to every command as ``context.obj``."""

    open_catalog: OpenCatalog


@dataclass(frozen=True)
class Printer:
    """Prints records: tables for people, JSON for programs."""

    json: bool = False

    def print_records(
        self, records: Sequence[Any], columns: Mapping[str, Callable[[Any], Any]]
    ) -> None:
        """A table for people; with ``--json`` one JSON document of whole records."""
        if self.json:
            self.print_json(list(records))
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in columns:
            long = title in _LONG
            table.add_column(title, overflow="fold", no_wrap=not long)
        for record in records:
            table.add_row(*(shown(cell(record)) for cell in columns.values()))
        out().print(table)

    def print_fields(self, record: Any, fields: Iterable[tuple[str, Any]]) -> None:
        """One record, a field a line; with ``--json`` the whole record."""
        if self.json:
            self.print_json(record)
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, value in fields:
            if value is not None and value != ():
                table.add_row(name, shown(value))
        out().print(table)

    def print_json(self, value: Any) -> None:
        """One JSON document and a line's end."""
        public = getattr(value, "to_public", None)
        if isinstance(value, list):
            value = [one.to_public() if hasattr(one, "to_public") else one for one in value]
        elif public is not None:
            value = public()
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
        for line in text.split("\n"):
            sys.stdout.write((line if line.isprintable() else json_printable(line)) + "\n")


def out() -> RichConsole:
    """Where a person reads: no markup, so that hostile names stay what they are."""
    watched = sys.stdout.isatty()
    return RichConsole(
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=not watched,
        width=None if watched else _WIDE,
    )


def say(text: str) -> None:
    """A line for a person, on standard error: standard output belongs to the answer."""
    sys.stderr.write(printable(text) + "\n")


def fail(message: str, status: int = USAGE) -> NoReturn:
    """One line on standard error, and the exit status."""
    say(f"mustela: {message}")
    raise typer.Exit(status)


def shown(value: Any) -> str:
    """A value in a cell."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(map(shown, value))
    if hasattr(value, "strftime"):
        return str(value.astimezone().strftime("%Y-%m-%d %H:%M:%S"))
    return printable(str(value))


def printable(text: str) -> str:
    """Text that cannot steer a terminal: control characters are shown as escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def json_printable(line: str) -> str:
    """JSON may hold as they are some letters that a terminal obeys; escaped they mean the same."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)


def catalog_of(context: typer.Context) -> OpenCatalog:
    """How this command opens the catalog."""
    shared: Shared = context.obj
    return shared.open_catalog
