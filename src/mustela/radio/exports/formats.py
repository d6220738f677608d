"""The formats of a list's exports, besides csv and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mustela.http.exporting import FileFormat
from mustela.radio.exports.columns import Meaning, columns_of
from mustela.radio.exports.parquet import Parquet
from mustela.radio.exports.regions import Drawn, ds9
from mustela.radio.exports.votable import VOTable
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
