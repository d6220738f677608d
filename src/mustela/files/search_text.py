"""What a search compares: folded text, so that case and Unicode form do not matter."""

from __future__ import annotations

import unicodedata

#: Folding follows this version's tables: where a database was filled under another, reindex it.
UNICODE_VERSION = unicodedata.unidata_version


def fold(text: str) -> str:
    """NFC(casefold(NFD(text))): equal for texts that a reader would call the same letters."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def search_text(filename: str, relative_dir: str = "") -> str:
    """The folded path below the root, which the file name ends; both are path text."""
    return fold(f"{relative_dir}/{filename}" if relative_dir else filename)


def words(query: str) -> list[str]:
    """The folded words that must all occur in the search text; none for an empty query."""
    return fold(query).split()
