"""Searching a column of folded text: every word occurs, anywhere.

SQLite finds candidates in an FTS5 index of trigrams (contentless, ``detail=none``: a quarter of
the cost of full detail), kept in step by triggers, and checks them against the row. PostgreSQL
uses an index of ``pg_trgm`` where the extension can be had, and is right without. Words of one
or two letters have no trigram: they are looked for along the order of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Table, Text, bindparam, false
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import GenericFunction

from mustela.store.ddl import extra_ddl, trigger, virtual_table
from mustela.store.errors import StoreError

#: More words than this are refused.
MAX_WORDS = 64
#: The index is asked for so many trigrams; the row is checked for the whole words anyway.
_MAX_TRIGRAMS = 32


class TooManyWords(StoreError, ValueError):
    """The search has more words than are looked for; leave some out."""

    code = "too_many_words"


class contains(GenericFunction[bool]):  # noqa: N801  # used like a function
    """``contains(text, part)``: the text has the part in it, code point by code point."""

    type = Boolean()
    inherit_cache = True
    name = "mustela_contains"


@compiles(contains, "sqlite")
def _sqlite_contains(element: Any, compiler: Any, **kw: Any) -> str:
    text, part = (compiler.process(one, **kw) for one in element.clauses)
    return f"instr({text}, {part}) > 0"


@compiles(contains, "postgresql")
def _postgres_contains(element: Any, compiler: Any, **kw: Any) -> str:
    text, part = (compiler.process(one, **kw) for one in element.clauses)
    escaped = rf"replace(replace(replace({part}, '\', '\\'), '%%', '\%%'), '_', '\_')"
    return f"{text} LIKE '%%' || {escaped} || '%%'"


class trigram_match(GenericFunction[bool]):  # noqa: N801  # used like a function
    """``trigram_match(seq, index name, query)``: the index has the row; true without an index."""

    type = Boolean()
    inherit_cache = True
    name = "mustela_trigram_match"

    def self_group(self, against: Any = None) -> Any:
        """As it is: compared with 1, as SQLAlchemy has it, the engine would not use the index."""
        del against
        return self


@compiles(trigram_match, "sqlite")
def _sqlite_match(element: Any, compiler: Any, **kw: Any) -> str:
    seq, index, query = element.clauses
    column, match = compiler.process(seq, **kw), compiler.process(query, **kw)
    name = index.value
    return f"{column} IN (SELECT rowid FROM {name} WHERE {name} MATCH {match})"


@compiles(trigram_match, "postgresql")
def _postgres_match(element: Any, compiler: Any, **kw: Any) -> str:
    # Its own indexes serve LIKE; the parameter is named, so that the same values fit.
    *_, query = element.clauses
    return f"CAST({compiler.process(query, **kw)} AS TEXT) IS NOT NULL"


def trigrams(words: Sequence[str]) -> str:
    """The FTS5 query for words: all their trigrams, each quoted, joined by AND."""
    parts = {word[at : at + 3] for word in words for at in range(len(word) - 2)}
    chosen = sorted(parts)[:_MAX_TRIGRAMS]
    return " ".join('"{}"'.format(part.replace('"', '""')) for part in chosen)


def _can_occur(word: str) -> bool:
    """Stored text is UTF-8 without NUL; another word occurs nowhere, and no engine takes it."""
    try:
        return b"\0" not in word.encode()
    except UnicodeEncodeError:
        return False


class TextIndex:
    """The search over one table's column of folded text; the table's key is ``seq``."""

    def __init__(self, table: Table, column: str = "search_text") -> None:
        self.table = table
        self.column = table.c[column]
        self.name = f"{table.name}_fts"
        self._declare(table, column)

    def _declare(self, table: Table, column: str) -> None:
        name, on, metadata = self.name, table.name, table.metadata
        virtual_table(
            metadata,
            name,
            f"CREATE VIRTUAL TABLE {name} USING fts5({column}, content='', contentless_delete=1, "
            "detail=none, tokenize='trigram case_sensitive 1')",
            f"INSERT INTO {name} (rowid, {column}) SELECT seq, {column} FROM {on}",
        )
        add = f"INSERT INTO {name} (rowid, {column}) VALUES (new.seq, new.{column});"
        remove = f"DELETE FROM {name} WHERE rowid = old.seq;"
        trigger(
            metadata,
            f"{name}_insert",
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {on} BEGIN {add} END",
        )
        trigger(
            metadata,
            f"{name}_delete",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {on} BEGIN {remove} END",
        )
        trigger(
            metadata,
            f"{name}_update",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {column} ON {on} "
            f"WHEN old.{column} IS NOT new.{column} BEGIN {remove} {add} END",
        )
        extra_ddl(
            metadata,
            "index",
            f"ix_{on}_{column}_trigram",
            # Only where the extension is there or can be had: a plain database user may not
            # create it, and search is right without.
            "DO $$ BEGIN "
            "CREATE EXTENSION IF NOT EXISTS pg_trgm; "
            f"CREATE INDEX ix_{on}_{column}_trigram ON {on} USING gin ({column} gin_trgm_ops); "
            "EXCEPTION WHEN OTHERS THEN NULL; END $$",
            f"DROP INDEX IF EXISTS ix_{on}_{column}_trigram",
            "postgresql",
        )

    def condition(self, words: Sequence[str]) -> tuple[ColumnElement[bool] | None, dict[str, Any]]:
        """The clause for this many words, and its parameters; ``None`` for no words.

        Its shape depends on the number of words and on whether one has three letters.
        """
        kept = list(dict.fromkeys(words))
        if len(kept) > MAX_WORDS:
            raise TooManyWords(f"a search has at most {MAX_WORDS} words; leave some out")
        if not all(map(_can_occur, kept)):
            return false(), {}
        clause: ColumnElement[bool] | None = None
        parameters: dict[str, Any] = {}
        match = trigrams(kept)
        if match:
            clause = trigram_match(
                self.table.c.seq, self.name, bindparam("words_match", type_=Text())
            )
            parameters["words_match"] = match
        for position, word in enumerate(kept):
            part = contains(self.column, bindparam(f"word_{position}", type_=Text()))
            clause = part if clause is None else clause & part
            parameters[f"word_{position}"] = word
        return clause, parameters
