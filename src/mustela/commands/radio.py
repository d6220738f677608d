"""``mustela radio ingest|find|associate|force|grade|recount|rules|export|list|show``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mustela.commands.radio_export import FORMATS, export_to
from mustela.commands.radio_ingest import IngestOrder, dry_run, ingest_all
from mustela.commands.radio_stages import run_stages, set_rules
from mustela.console import AsJson, DatabaseUrl, DataDir, fail
from mustela.radio import commands as reading
from mustela.radio.jobs.parameters import (
    AssociateParameters,
    FindParameters,
    ForceParameters,
    GradeParameters,
    Selected,
)
from mustela.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Radio images, Measurement Sets, sources.",
)
reading.add_commands(app)

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]...", help="Products or directories below roots; all else."),
]
Again = Annotated[bool, typer.Option("--again", help="Also images that were done before.")]


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Directories or products; all roots else."),
    ] = None,
    find: Annotated[bool, typer.Option("--find", help="Find sources in new images.")] = False,
    catalogues: Annotated[
        bool, typer.Option("--catalogues", help="Take the catalogues that lie beside images.")
    ] = False,
    associate: Annotated[
        bool, typer.Option("--associate", help="Make sources of what was found.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Measure known sources that were not found.")
    ] = False,
    exclude: Annotated[
        list[str] | None, typer.Option(help="A pattern to leave out, in this scan only.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read files again that could not be read.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much there is, and how long it takes.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Catalogue directories of products; a running server does the work.

    What follows besides is said by each root's rules, or by the options here.
    """
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    order = IngestOrder(
        find=find,
        catalogues=catalogues,
        associate=associate,
        force=force,
        scan={"exclude": exclude or [], "retry_failed": retry_failed},
    )
    work = dry_run if plan else ingest_all
    raise typer.Exit(work(settings, paths or [], order, json=json))


@app.command()
def find(
    paths: Paths = None,
    seed: Annotated[
        float, typer.Option(help="Islands have a pixel above so many times the noise.")
    ] = 5.0,
    flood: Annotated[
        float, typer.Option(help="Islands are of pixels above so many times the noise.")
    ] = 4.0,
    catalogues: Annotated[
        bool,
        typer.Option(
            "--catalogues/--no-catalogues", help="Take a catalogue beside an image instead."
        ),
    ] = True,
    new: Annotated[
        bool, typer.Option("--new", help="Only images that were not searched before.")
    ] = False,
    associate: Annotated[
        bool, typer.Option("--associate/--no-associate", help="Go on to association.")
    ] = True,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Find sources in restored images, and go on to their association."""
    order = FindParameters(
        seed_sigma=seed,
        flood_sigma=flood,
        catalogues=catalogues,
        again=not new,
        then=("associate",) if associate else (),
    )
    _stages("find", data_dir, database_url, paths, order, json=json)


@app.command()
def associate(
    paths: Paths = None,
    method: Annotated[
        Literal["de_ruiter", "nearest"], typer.Option(help="How pairs are told.")
    ] = "de_ruiter",
    limit: Annotated[float, typer.Option(help="Of the de Ruiter radius.")] = 5.68,
    radius: Annotated[
        float | None, typer.Option(help="Nothing further apart, in arcseconds; else the beam.")
    ] = None,
    systematic: Annotated[
        float, typer.Option(help="Added to position errors in quadrature, in arcseconds.")
    ] = 0.0,
    again: Again = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Associate what was found with the sources of the catalog, image by image in time."""
    order = AssociateParameters(
        method=method,
        limit=limit,
        max_radius_arcsec=radius,
        systematic_arcsec=systematic,
        again=again,
    )
    _stages("associate", data_dir, database_url, paths, order, json=json)


@app.command()
def force(
    paths: Paths = None,
    again: Again = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Measure images at the positions of sources that were not found there."""
    _stages("force", data_dir, database_url, paths, ForceParameters(again=again), json=json)


@app.command()
def grade(
    paths: Paths = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Grade products and sources by the operator's rules, as after a change of these."""
    order = GradeParameters(since=0) if paths else GradeParameters()
    _stages("grade", data_dir, database_url, paths, order, json=json)


@app.command()
def recount(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, json: AsJson = False
) -> None:
    """Decide again what counts, and sum every source, as after a change of the rules."""
    _stages("recount", data_dir, database_url, None, Selected(), json=json)


@app.command()
def rules(
    directory: Annotated[Path, typer.Argument(help="A root.")],
    find: Annotated[
        bool | None, typer.Option("--find/--no-find", help="Find sources in new images.")
    ] = None,
    catalogues: Annotated[
        bool | None,
        typer.Option("--catalogues/--no-catalogues", help="Take catalogues beside images."),
    ] = None,
    associate: Annotated[
        bool | None,
        typer.Option("--associate/--no-associate", help="Make sources of what was found."),
    ] = None,
    force: Annotated[
        bool | None,
        typer.Option("--force/--no-force", help="Measure known sources that were not found."),
    ] = None,
    seed: Annotated[float | None, typer.Option(help="Times the noise, of a pixel.")] = None,
    flood: Annotated[float | None, typer.Option(help="Times the noise, of an island.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Say what is done with new restored images below a root after each scan; show it."""
    said = {
        "find": find,
        "catalogues": catalogues,
        "associate": associate,
        "force": force,
        "seed_sigma": seed,
        "flood_sigma": flood,
    }
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    given = {name: value for name, value in said.items() if value is not None}
    raise typer.Exit(set_rules(settings, directory, given, json=json))


@app.command()
def export(
    what: Annotated[
        Literal["sources", "images", "lightcurves"], typer.Argument(help="What to write.")
    ],
    format: Annotated[
        str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")
    ] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output else.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write sources, images or all light curves as a file."""
    if format not in FORMATS:
        fail(f"there is no format {format}; there are {', '.join(FORMATS)}")
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    raise typer.Exit(export_to(settings, what, format, output))


def _stages(
    stage: str,
    data_dir: Path | None,
    database_url: str | None,
    paths: list[Path] | None,
    order: Selected,
    *,
    json: bool,
) -> None:
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    raise typer.Exit(run_stages(settings, stage, paths or [], order, json=json))
