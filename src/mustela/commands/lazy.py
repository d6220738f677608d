"""Groups of commands that are loaded when one of them is called: help must not wait for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

#: Name → where its typer app is, and what the help says of it.
LAZY = {
    "db": ("mustela.commands.db", "The database: upgrade, verify, back up, restore, check."),
    "jobs": (
        "mustela.commands.jobs",
        "Jobs: list, show, watch, cancel, rerun, read their logs.",
    ),
    "radio": (
        "mustela.commands.radio",
        "Radio images and sources: ingest, find, associate, force, grade, export.",
    ),
    "roots": ("mustela.commands.roots", "Directories that are watched: list, add, remove."),
}


class LazyCommands(TyperGroup):
    """Shows the lazy groups in the help, and loads one to run it."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *LAZY]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is None and cmd_name in LAZY:
            return TyperGroup(name=cmd_name, help=LAZY[cmd_name][1])
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in LAZY:
            module = import_module(LAZY[args[0]][0])
            return args[0], typer.main.get_command(module.app), args[1:]
        return super().resolve_command(ctx, args)
