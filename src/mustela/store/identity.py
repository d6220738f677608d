"""The id of a database: made with it, new after a restore or a copy, part of every ``ETag``."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select

from mustela.store.schema import meta
from mustela.store.statement import Statement

DATABASE_ID = Statement(select(meta.c.value).where(meta.c.key == "database_id"))
FORGET_DATABASE_ID = Statement(delete(meta).where(meta.c.key == "database_id"))
SET_DATABASE_ID = Statement(insert(meta).values(key="database_id", value=bindparam("value")))
