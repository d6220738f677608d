"""``mustela roots list|add|remove``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mustela.app import collections
from mustela.collection import collections_for
from mustela.commands.workplace import catalog
from mustela.console import AsJson, DatabaseUrl, DataDir, Printer, fail, say
from mustela.files.first_look import Wanted, collections_met
from mustela.files.root import Root, RootRepository
from mustela.files.root_directory import inspect
from mustela.radio.leave_root import leave_root
from mustela.settings import Settings
from mustela.store import Store, SyncRepository
from mustela.store.errors import AlreadyExists
from mustela.system.roots_routes import Departure
from mustela.video.scan_operations import VideoScanOperations

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Directories that are watched.",
)

COLUMNS = {
    "id": lambda root: root.id,
    "collections": lambda root: root.collections,
    "last scan": lambda root: root.last_scan_at,
    "path": lambda root: root.path,
    "problem": lambda root: root.problem,
}


class SyncDeparture(Departure, SyncRepository):
    """Removing roots, for commands."""


@app.command("list")
def list_roots(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, json: AsJson = False
) -> None:
    """List the directories that are watched."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "roots list") as store:
        Printer(json).print_records(RootRepository(store).list_roots(), COLUMNS)


@app.command()
def add(
    directory: Annotated[Path, typer.Argument(help="A directory.")],
    exclude: Annotated[
        list[str] | None, typer.Option(help="A pattern of names or paths to leave out.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Watch a directory. It is not scanned yet: see `mustela scan`."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "roots add") as store:
        root = RootRepository(store).add(
            inspect(directory.expanduser()),
            collections=chosen_for(directory),
            exclude=exclude or [],
        )
    Printer(json).print_records([root], COLUMNS)


@app.command()
def remove(
    directory: Annotated[str, typer.Argument(help="The id or path of a root.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Stop watching a directory; its records leave the catalog, its files stay."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "roots remove") as store:
        roots = RootRepository(store)
        root = roots.get(directory) or roots.get_by_path(directory.rstrip("/") or "/")
        if root is None:
            fail(f"{directory} is no root; see `mustela roots list`")
        SyncDeparture(store).depart(root.id, [VideoScanOperations().leave_root.unit, leave_root])
    say(f"{root.path} is no longer watched")


def ensure_root(store: Store, directory: Path) -> Root:
    """The root of a directory, made where there is none; the one that covers it, if one does."""
    roots = RootRepository(store)
    found = inspect(directory.expanduser())
    covering = roots.root_of(found.path)
    if covering is not None:
        return covering[0]
    try:
        return roots.add(found, collections=chosen_for(directory))
    except AlreadyExists:  # another process was faster
        again = roots.get_by_path(found.path)
        if again is None:
            raise
        return again


def chosen_for(directory: Path) -> list[str]:
    """The collections that a new root is for; what could be, but lacks something, is said."""
    path = os.fsencode(directory.expanduser())
    brought = collections()
    able = collections_for(path, brought)
    for one in brought:
        lacks = one.missing()
        if lacks and collections_met(path, {one.name: Wanted(one.extensions, one.directories)}):
            say(
                f"{directory} holds files for {one.title}, which cannot be read without {lacks}: "
                f"pip install 'mustela[{one.name}]'"
            )
    return able


def scanned_by(root: Root) -> list[str]:
    """The collections that scan a root, by name; each of its jobs is of the type NAME.scan."""
    return [one.name for one in collections() if one.scans and one.name in root.collections]
