"""The table of instruments, and where the database lies."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Column, Index, MetaData, Table

from mustela.jobs import JOBS_BRANCH
from mustela.store import INTEGER, NAMING, STORE_BRANCH, TEXT, Branch, derived, edited

metadata = MetaData(naming_convention=NAMING)

#: ``edited``: what people say; audited, and can be taken back. ``derived``: kept by the store.
instruments = Table(
    "instruments",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    edited("label", TEXT, nullable=False, unique=True),
    edited("kind", TEXT, nullable=False),
    edited("lent_to", TEXT),
    edited("due", INTEGER),
    derived("created_at", INTEGER, nullable=False),
    derived("updated_at", INTEGER, nullable=False),
    Index("ix_instruments_kind_label", "kind", "label"),
    sqlite_strict=True,
)

#: The tables of the store and of jobs, then ours.
BRANCHES = [STORE_BRANCH, JOBS_BRANCH, Branch("lending", "lending.migrations", metadata)]


def database_url(data_dir: Path) -> str:
    """The database: what the environment says, or a file in the data directory."""
    return os.environ.get("LENDING_DATABASE_URL") or f"sqlite:///{data_dir / 'lending.db'}"
