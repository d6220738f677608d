"""The one place where the commands are put together.

Only what the help needs is imported at the top; each command loads its own libraries.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from importlib.metadata import version as installed_version
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mustela.commands.lazy import LazyCommands
from mustela.console import USAGE, AsJson, DatabaseUrl, DataDir, Shared, fail, say
from mustela.errors import MustelaError
from mustela.video import commands as video_commands

if TYPE_CHECKING:
    from mustela.store import Store

app = typer.Typer(
    name="mustela",
    cls=LazyCommands,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A catalog of recorded media: searchable, audited, and never in your way.",
)
app.add_typer(video_commands.commands(), name="video", help="Videos, one by one.")
app.command("search")(video_commands.search)


def _open_catalog(
    data_dir: Path | None, database_url: str | None, command: str
) -> AbstractContextManager[Store]:
    from mustela.commands.workplace import catalog  # slow to load
    from mustela.settings import Settings

    return catalog(Settings.load(data_dir=data_dir, database_url=database_url), command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mustela {installed_version('mustela')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A catalog of recorded media: searchable, audited, and never in your way."""
    del version
    context.obj = Shared(_open_catalog)


@app.command()
def serve(
    directories: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Directories to watch and scan.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes.")] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Make a small library of samples and serve that.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> None:
    """Serve the catalog, and a page to browse it, until Ctrl-C.

    Exit status: 130 after Ctrl-C, 0 after SIGTERM, 2 where it cannot start.
    """
    from mustela.commands.serve import serve as run  # slow to load
    from mustela.settings import Settings

    settings = Settings.load(
        host=host, port=port, data_dir=data_dir, database_url=database_url, workers=workers
    )
    chosen = list(directories or [])
    if sample:
        from mustela.video.samples import make_samples  # loads FFmpeg

        target = settings.data_dir / "samples"
        say(f"making a sample library in {target}")
        make_samples(str(target))
        chosen.append(target)
    raise typer.Exit(run(settings, chosen, browser=not no_browser))


@app.command()
def worker(
    queue: Annotated[
        str | None,
        typer.Option(
            "--app",
            metavar="MODULE:QUEUE",
            help="A job queue of your own program's, instead of the catalog's.",
        ),
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option(help="A type of jobs to run; else every type.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Jobs that run at once.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Run jobs beside a server, on this machine or another, until Ctrl-C.

    Exit status: 130 after Ctrl-C, 0 after SIGTERM, 2 where it cannot start.
    """
    from mustela.commands.worker import run  # slow to load
    from mustela.settings import Settings

    if queue is not None and (data_dir is not None or database_url is not None):
        fail("--app brings its own database; say neither --data-dir nor --database-url")
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    named = [one.strip() for text in types or () for one in text.split(",") if one.strip()]
    raise typer.Exit(run(settings, queue, named, concurrency))


@app.command()
def scan(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Directories.")],
    exclude: Annotated[
        list[str] | None, typer.Option(help="A pattern to leave out, in this scan only.")
    ] = None,
    recursive: Annotated[
        bool | None, typer.Option("--recursive/--no-recursive", help="Go into sub-directories.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read files again that could not be read.")
    ] = False,
    trust_root: Annotated[
        bool, typer.Option("--trust-root", help="The directory is right, though empty or changed.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Bring the catalog up to date with directories; a running server does the work."""
    from mustela.commands.scan import scan as run  # slow to load
    from mustela.settings import Settings

    options = {
        "exclude": exclude or [],
        "recursive": recursive,
        "retry_failed": retry_failed,
        "trust_root": trust_root,
    }
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    raise typer.Exit(run(settings, directories, options, json=json))


def main() -> None:
    """The console script. An error of ours, or of the system's, is one line and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may know fewer letters than names have
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="mustela")
    except MustelaError as error:
        say(f"mustela: {error.message}")
        sys.exit(USAGE)
    except OSError as error:
        say(f"mustela: {error}")
        sys.exit(USAGE)
    finally:
        _let_go_of_a_closed_pipe()


def _let_go_of_a_closed_pipe() -> None:
    """As in ``mustela video list | head``: what is left in the buffer goes nowhere, silently."""
    try:
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
