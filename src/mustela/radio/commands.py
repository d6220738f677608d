"""``mustela radio list|show|reference``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mustela.console import AsJson, DatabaseUrl, DataDir, Printer, catalog_of, fail

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")]


def _scientific(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


COLUMNS = {
    "id": lambda image: image.id,
    "kind": lambda image: image.kind,
    "field": lambda image: image.field,
    "mid MJD": lambda image: "" if image.mid_mjd is None else f"{image.mid_mjd:.5f}",
    "noise Jy/beam": lambda image: _scientific(image.noise_jy),
    "sources": lambda image: image.n_sources,
    "grade": lambda image: image.grade,
    "path": lambda image: image.path + (" (missing)" if image.missing_since else ""),
}


REFERENCES = {
    "catalogue": lambda one: one["name"],
    "role": lambda one: one["role"],
    "sources": lambda one: one["n_sources"],
}


def add_commands(app: typer.Typer) -> None:
    """Those that are done at once, without a job."""
    app.command("list")(list_images)
    app.command("show")(show)
    app.command("reference")(reference)


def list_images(
    context: typer.Context,
    limit: Limit = 100,
    sort: Annotated[
        str, typer.Option(help="A field; descending with - before it.")
    ] = "-created_at",
    field: Annotated[str | None, typer.Option(help="Only images of this field.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only images of this kind, as in restored.")
    ] = None,
    grade: Annotated[
        str | None, typer.Option(help="Only images graded good, warn or fail.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """List images, newest record first."""
    from mustela.radio.images.repository import ImageRepository  # slow to load

    filters: dict[str, Any] = {"field": field, "kind": kind, "grade": grade}
    with catalog_of(context)(data_dir, database_url, "radio list") as store:
        images = ImageRepository(store).list_images(limit, sort=sort, **filters)
    Printer(json).print_records(images, COLUMNS)


def show(
    context: typer.Context,
    key: Annotated[
        str, typer.Argument(metavar="ID", help="An id, or the absolute path of a product.")
    ],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Show all that is known of an image, Measurement Set, calibration table or source."""
    from mustela.radio.cal.repository import CalibrationTableRepository  # slow to load
    from mustela.radio.images.repository import ImageRepository
    from mustela.radio.ms.repository import MeasurementSetRepository
    from mustela.radio.sources.repository import SourceRepository

    with catalog_of(context)(data_dir, database_url, "radio show") as store:
        found: Any = (
            ImageRepository(store).find(key)
            or MeasurementSetRepository(store).find(key)
            or CalibrationTableRepository(store).find(key)
        )
        if found is None and not key.startswith("/"):
            found = SourceRepository(store).get(key)
    if found is None:
        fail(f"there is no image, Measurement Set, calibration table or source {key}")
    Printer(json).print_fields(found, found.asdict().items())


def reference(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="A catalogue: csv, VOTable or FITS. None: list those loaded."),
    ] = None,
    role: Annotated[
        Literal["calibrator", "astrometry"], typer.Option(help="What its sources are for.")
    ] = "calibrator",
    name: Annotated[str | None, typer.Option(help="What to call it; the file's name else.")] = None,
    frequency: Annotated[
        float | None, typer.Option(help="Of its flux densities in Hz, where no column says it.")
    ] = None,
    remove: Annotated[
        str | None, typer.Option(metavar="NAME", help="Take a catalogue out again.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Load a catalogue of calibrators, or of positions to hold images to; list what is loaded.

    One of the same name is replaced. Columns are found by their names and units.
    """
    from mustela.radio.references.reading import read_references  # slow to load
    from mustela.radio.references.repository import ReferenceRepository

    sources = None if file is None else read_references(file, frequency_hz=frequency)
    with catalog_of(context)(data_dir, database_url, "radio reference") as store:
        references = ReferenceRepository(store)
        if remove is not None and not references.remove(remove):
            fail(f"there is no catalogue {remove}")
        if file is not None and sources is not None:
            references.replace(name or file.stem, role, sources)
        loaded = [one._asdict() for one in references.catalogues()]
    Printer(json).print_records(loaded, REFERENCES)
