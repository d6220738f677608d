"""Which videos a query and filters select, as a condition with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, true

from mustela.files.search_text import words
from mustela.store.listing import Search, bound
from mustela.store.pages import Pages
from mustela.video.filters import CONVERSIONS
from mustela.video.listing import LISTING
from mustela.video.record import Video
from mustela.video.records import TOPIC
from mustela.video.schema import text_index


def search(query: str) -> tuple[Search | None, dict[str, Any]]:
    """The clause for the words of ``query``, and its parameters; ``None`` for no words."""
    clause, parameters = text_index.condition(words(query))
    if clause is None:
        return None, {}
    return Search((len(parameters), "words_match" in parameters), clause), parameters


PAGES = Pages(
    TOPIC,
    Video,
    LISTING,
    search=search,
    sort_fields={"modified_at": "mtime_ns"},
    conversions=CONVERSIONS,
)


def selected(filters: Mapping[str, Any], query: str) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """What satisfies all filters and has every word of ``query``; without any, all."""
    values = PAGES.values(filters)
    wanted, parameters = search(query)
    condition = LISTING.condition(tuple(sorted(values)), wanted)
    return true() if condition is None else condition, {**parameters, **bound(values)}
