"""The formats of a list's exports, besides csv and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final

from mustela.http.exporting import FileFormat
from mustela.radio.exports.columns import Meaning, columns_of
from mustela.radio.exports.image_meanings import IMAGE_FIELDS
from mustela.radio.exports.parquet import Parquet
from mustela.radio.exports.regions import (
    Drawn,
    ds9,
    image_region,
    measurement_region,
    source_region,
)
from mustela.radio.exports.source_meanings import MEASUREMENT_FIELDS, SOURCE_FIELDS
from mustela.radio.exports.votable import VOTable
from mustela.radio.images.record import Image
from mustela.radio.sources.record import Measurement, Source
from mustela.store.record import Record


def formats_for(
    record: type[Record],
    meanings: Mapping[str, Meaning],
    *,
    name: str,
    description: str,
    region: Drawn,
    label: Callable[[Any], str],
) -> dict[str, FileFormat[Any]]:
    """``votable``, ``parquet`` and ``reg`` (DS9) for records of this type.

    ``meanings`` tell UCDs, and units that do not stand in a field's name. ``name`` is the
    table's, ``region`` draws a record and ``label`` is written beside it. ``votable`` needs
    astropy and ``parquet`` pyarrow: where they are missing, asking for the file raises
    ``ExtraMissing``.
    """
    columns = columns_of(record, meanings)
    return {
        "votable": VOTable(columns, name, description),
        "parquet": Parquet(columns),
        "reg": ds9(region, label),
    }


IMAGE_FORMATS: Final = formats_for(
    Image,
    IMAGE_FIELDS,
    name="images",
    description="Continuum images",
    region=image_region,
    label=attrgetter("filename"),
)

SOURCE_FORMATS: Final = formats_for(
    Source,
    SOURCE_FIELDS,
    name="sources",
    description="Sources, with the statistics of one band and Stokes parameter",
    region=source_region,
    label=attrgetter("name"),
)

MEASUREMENT_FORMATS: Final = formats_for(
    Measurement,
    MEASUREMENT_FIELDS,
    name="measurements",
    description="Flux densities, each in one image",
    region=measurement_region,
    label=lambda measured: measured.name or measured.id,
)
