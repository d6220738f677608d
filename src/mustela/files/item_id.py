"""Ids of items, as callers may give them."""

from __future__ import annotations

import re
from collections.abc import Collection

from mustela.store.errors import InvalidValue

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}")


def check_id(id: str, reserved: Collection[str] = ()) -> str:
    """An id as it is; ``InvalidValue`` for what cannot stand in a URL.

    ``reserved`` are words that stand in routes where an id would.
    """
    if not _ID.fullmatch(id) or id in reserved:
        raise InvalidValue(
            f"{id!r} is no id: use up to 128 letters, digits and . _ + ~ -, "
            "a letter or digit first, and no word of a route"
        )
    return id
