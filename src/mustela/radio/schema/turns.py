"""Rows that units write which must not run side by side."""

from __future__ import annotations

from sqlalchemy import Column, Table

from mustela.radio.schema.metadata import radio_metadata
from mustela.store import INTEGER, TEXT

#: See ``mustela.radio.turns``.
radio_turns = Table(
    "radio_turns",
    radio_metadata,
    Column("name", TEXT, primary_key=True),
    Column("taken", INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
