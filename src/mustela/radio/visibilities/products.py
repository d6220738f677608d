"""Which directories are products of CASA and its relatives: casacore tables."""

from __future__ import annotations

from mustela.files.directory_product import DirectoryRule

#: Every casacore table is a directory with a ``table.dat``: Measurement Sets, calibration tables,
#: images. Programs lock ``table.lock`` while they write, and note in it that they have read.
CASACORE_TABLE = DirectoryRule(markers=("table.dat",), lock="table.lock")
