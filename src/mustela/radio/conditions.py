"""Conditions that the filters of every list are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, ColumnElement, func

from mustela.files.tag_index import TagIndex
from mustela.store.dialect_sql import in_json
from mustela.store.listing import Filters
from mustela.store.pages import Conversions
from mustela.store.record import encode_texts
from mustela.store.text_search import contains

Bind = ColumnElement[Any]


def equal(column: Column[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    return lambda value: column == value


def least(column: ColumnElement[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    return lambda value: column >= value


def most(column: ColumnElement[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    return lambda value: column <= value


def has(column: Column[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    """1: the column has a value; 0: it has none."""
    return lambda value: (value == 1) == column.is_not(None)


def holds(column: Column[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    """The JSON array of texts has this one: bind it in quotes."""
    return lambda value: contains(column, value)


def ranges(c: Any, *names: str) -> Filters:
    """``min_name`` and ``max_name`` of each column, both inclusive."""
    return {
        **{f"min_{name}": least(c[name]) for name in names},
        **{f"max_{name}": most(c[name]) for name in names},
    }


def item_filters(c: Any, tags: TagIndex) -> Filters:
    """What every list of items can be filtered by."""
    return {
        "grade": equal(c.grade),
        "graded": has(c.grade),
        "run": equal(c.job_id),
        "retired": has(c.retired_at),
        "missing": has(c.missing_since),
        "has_rating": has(c.rating),
        "tag": tags.has,
        "flag": holds(c.flags),
        "ids": lambda value: in_json(c.id, value),
        "root_id": equal(c.root_id),
        "folder": lambda value: func.substr(c.path, 1, func.length(value)) == value,
        "filename": equal(c.filename),
        "fingerprint": equal(c.fingerprint),
        "created_after": least(c.created_at),
        "created_before": most(c.created_at),
        **ranges(c, "mid_mjd", "rating"),
    }


#: What becomes of the values of these filters before they are bound.
ITEM_CONVERSIONS: Conversions = {
    "ids": encode_texts,
    "flag": lambda value: f'"{value}"',
    "folder": lambda value: value.strip("/") + "/",
    "root_id": lambda value: value or "",
}

#: Fields of every item that nobody sets.
ITEM_KEPT = frozenset(
    {"grade", "grade_computed", "grade_reasons", "graded_at", "retired_at", "cell"}
)
