"""A PostgreSQL schema as comparable lines, from its catalogs, in its own words."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Connection

#: Extensions and what belongs to them are the installation's, not the schema's.
_OURS = """
    n.nspname = current_schema() AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = {}.oid AND d.deptype = 'e')
"""

_TABLES = f"""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND {_OURS.format("c")} ORDER BY 1
"""

_COLUMNS = f"""
    SELECT c.relname, 'column ' || c.relname || '.' || a.attname || ': '
        || format_type(a.atttypid, a.atttypmod)
        || coalesce(' collate ' || nullif(l.collname, 'default'), '')
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || CASE a.attidentity WHEN '' THEN '' ELSE ' identity ' || a.attidentity::text END
        || CASE a.attgenerated WHEN '' THEN '' ELSE ' generated ' || a.attgenerated::text END
        || coalesce(' default ' || pg_get_expr(x.adbin, x.adrelid), '')
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
      AND {_OURS.format("c")}
"""

_CONSTRAINTS = f"""
    SELECT c.relname, 'constraint ' || c.relname || '.' || k.conname || ': '
        || pg_get_constraintdef(k.oid)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype <> 'n' AND {_OURS.format("c")}
"""

_INDEXES = f"""
    SELECT c.relname, 'index ' || i.relname || ': ' || pg_get_indexdef(i.oid)
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OURS.format("c")}
"""

_TRIGGERS = f"""
    SELECT c.relname, 'trigger ' || t.tgname || ': ' || pg_get_triggerdef(t.oid)
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND {_OURS.format("c")}
"""

_FUNCTIONS = f"""
    SELECT p.proname, 'function ' || p.proname || ': ' || pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p') AND {_OURS.format("p")}
"""

_VIEWS = f"""
    SELECT c.relname, 'view ' || c.relname || ': ' || pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND {_OURS.format("c")}
"""

_SEQUENCES = f"""
    SELECT c.relname, 'sequence ' || c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND {_OURS.format("c")}
"""

_TYPES = f"""
    SELECT t.typname, 'type ' || t.typname || ': ' || string_agg(e.enumlabel, ',' ORDER BY
        e.enumsortorder)
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE {_OURS.format("t")} GROUP BY t.typname
"""

_ALL = (_COLUMNS, _CONSTRAINTS, _INDEXES, _TRIGGERS, _FUNCTIONS, _VIEWS, _SEQUENCES, _TYPES)


_SPACE = re.compile(r"('(?:[^']|'')*')|\s+")


def tables(connection: Connection) -> list[str]:
    """The ordinary tables."""
    return [name for (name,) in connection.exec_driver_sql(_TABLES)]


def schema(connection: Connection, without: Collection[str]) -> frozenset[str]:
    """A line for each column, constraint, index, trigger, function, view, sequence and type.

    How their texts are broken into lines does not matter.
    """
    return frozenset(
        _in_one_line(line)
        for query in _ALL
        for owner, line in connection.exec_driver_sql(query)
        if owner not in without
    )


def _in_one_line(text: str) -> str:
    """A space for all that stands between words, except inside of quotes."""
    return _SPACE.sub(lambda found: found[1] or " ", text)
