"""The same library from a terminal, also while the server runs: ``python -m lending list``."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lending.repository import Library
from lending.schema import BRANCHES, database_url
from mustela.errors import MustelaError
from mustela.store import Store, acting_as
from mustela.store.upgrade import prepare


def main() -> int:
    arguments = _parser().parse_args()
    url = database_url(arguments.data)
    try:
        with (
            prepare(url, BRANCHES, arguments.data).lock,
            Store.open(url) as store,
            acting_as(arguments.user or getpass.getuser()),
        ):
            run(Library(store), arguments)
    except MustelaError as error:
        print(f"lending: {error.message} ({error.code})", file=sys.stderr)
        return 1
    return 0


def run(library: Library, arguments: argparse.Namespace) -> None:
    """One command."""
    if arguments.command == "add":
        print(library.add(arguments.label, arguments.kind).id)
    elif arguments.command == "lend":
        library.lend(arguments.id, arguments.to, datetime.now(UTC) + timedelta(days=arguments.days))
    elif arguments.command == "back":
        library.give_back(arguments.id)
    else:
        for one in library.instruments():
            where = f"{one.lent_to}, until {one.due:%Y-%m-%d}" if one.lent_to else "here"
            print(f"{one.id}  {one.kind:12} {one.label:24} {where}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lending", description="A lending library.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="where the database lies")
    parser.add_argument("--user", help="who does it; else your login name")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every instrument, and who has it")
    add = commands.add_parser("add", help="add an instrument")
    add.add_argument("label")
    add.add_argument("kind")
    lend = commands.add_parser("lend", help="lend an instrument")
    lend.add_argument("id")
    lend.add_argument("to")
    lend.add_argument("--days", type=int, default=28)
    back = commands.add_parser("back", help="an instrument comes back")
    back.add_argument("id")
    return parser


if __name__ == "__main__":
    sys.exit(main())
