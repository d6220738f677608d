"""Rules: what counts, how it is graded, what is done with new images."""

from __future__ import annotations

from sqlalchemy import Column, Table

from mustela.radio.schema.metadata import radio_metadata
from mustela.store import INTEGER, TEXT, derived, edited

#: ``id`` is ``radio`` for those of the whole collection, else a root's. ``rules`` is JSON. In the
#: database, so that every process and every unit of work goes by the same.
radio_rules = Table(
    "radio_rules",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    edited("rules", TEXT, nullable=False),
    derived("created_at", INTEGER, nullable=False),
    derived("updated_at", INTEGER, nullable=False),
    sqlite_strict=True,
)
