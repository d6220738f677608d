"""Casacore tables as toys, for what only a real writer of tables shows."""

from __future__ import annotations

import os

from tests.files.toys import ToyDetails


def examine(path: bytes) -> ToyDetails:
    """In the child: how many rows there are, read without a lock."""
    from casacore.tables import table  # noqa: PLC0415  # there is no wheel for some machines

    with table(os.fsdecode(path), lockoptions="usernoread", ack=False) as found:
        return ToyDetails(f"{found.nrows()} rows", "f")
