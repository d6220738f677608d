"""What the tables are declared in."""

from __future__ import annotations

from sqlalchemy import MetaData

from mustela.store.schema import NAMING

radio_metadata = MetaData(naming_convention=NAMING)
