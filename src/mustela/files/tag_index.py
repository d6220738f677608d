"""One row for each tag of a record, so that records are found by their tags: kept by triggers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, Table, exists

from mustela.store import INTEGER, TEXT
from mustela.store.ddl import extra_ddl, trigger
from mustela.store.errors import InvalidValue
from mustela.store.record import check_plain, encode_texts


class TagIndex:
    """The tags of a table whose column ``tags`` holds a JSON array of texts.

    Declares the table ``{item}_tags`` and its triggers beside it; its columns are ``tag`` and
    ``item``, which refers to the record's ``seq``.
    """

    def __init__(self, table: Table, item: str) -> None:
        self._seq = table.c.seq
        name = f"{item}_tags"
        self.table = Table(
            name,
            table.metadata,
            Column("tag", TEXT, primary_key=True),
            Column(
                item,
                INTEGER,
                ForeignKey(table.c.seq, ondelete="CASCADE"),
                primary_key=True,
                autoincrement=False,
            ),
            Index(f"ix_{name}_{item}", item),
            sqlite_strict=True,
            sqlite_with_rowid=False,
        )
        self._item = self.table.c[item]
        self._declare_sqlite(table, name, item)
        self._declare_postgresql(table, name, item)

    def has(self, tag: ColumnElement[str]) -> ColumnElement[bool]:
        """The record has this tag, exactly."""
        return exists().where(self._item == self._seq, self.table.c.tag == tag)

    def _declare_sqlite(self, table: Table, name: str, item: str) -> None:
        add = (
            f"INSERT OR IGNORE INTO {name} (tag, {item}) "
            "SELECT value, new.seq FROM json_each(new.tags);"
        )
        trigger(
            table.metadata,
            f"{name}_insert",
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table.name} "
            f"WHEN new.tags <> '[]' BEGIN {add} END",
        )
        trigger(
            table.metadata,
            f"{name}_update",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF tags ON {table.name} "
            "WHEN old.tags <> new.tags "
            f"BEGIN DELETE FROM {name} WHERE {item} = old.seq; {add} END",
        )

    def _declare_postgresql(self, table: Table, name: str, item: str) -> None:
        extra_ddl(
            table.metadata,
            "function",
            f"{name}_keep",
            f"CREATE FUNCTION {name}_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"DELETE FROM {name} WHERE {item} = new.seq; "
            f"INSERT INTO {name} (tag, {item}) "
            "SELECT DISTINCT value, new.seq FROM json_array_elements_text(CAST(new.tags AS json)); "
            "RETURN NULL; END $$",
            f"DROP FUNCTION {name}_keep()",
            "postgresql",
        )
        for event, changed in (
            ("insert", "AFTER INSERT ON {} FOR EACH ROW WHEN (new.tags <> '[]')"),
            ("update", "AFTER UPDATE OF tags ON {} FOR EACH ROW WHEN (old.tags <> new.tags)"),
        ):
            trigger(
                table.metadata,
                f"{name}_{event}",
                f"CREATE TRIGGER {name}_{event} {changed.format(table.name)} "
                f"EXECUTE FUNCTION {name}_keep()",
                table=table.name,
                dialect="postgresql",
            )


def kept_tags(tags: Sequence[str]) -> str:
    """Tags as a column holds them: trimmed, none twice, in the order given.

    ``InvalidValue`` for one that is empty or no text.
    """
    for tag in tags:
        check_plain("a tag", tag, (str,))
    kept = dict.fromkeys(tag.strip() for tag in tags)
    if "" in kept:
        raise InvalidValue("a tag cannot be empty")
    return encode_texts(kept)
