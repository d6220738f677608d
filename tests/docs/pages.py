"""The documents of the project, as the tests read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"

_FENCE = re.compile(
    r"(?:<!-- (?P<mark>tested[^\n]*?) -->\n)?^(?P<indent> *)```(?P<language>\w*)\n"
    r"(?P<body>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """A block of code. ``mark`` is what a comment above it says to the tests."""

    page: Path
    line: int
    language: str
    mark: str | None
    body: str


def pages() -> list[Path]:
    """Every document in Markdown."""
    top = [PROJECT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    return [*top, *sorted(DOCS.rglob("*.md")), *sorted(PROJECT.glob("examples/**/*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of code of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found["language"], found["mark"], found["body"])


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def rows(page: Path, *, titles: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The rows of the tables of a page that have these titles."""
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        if cells == titles:
            inside = True
        elif not cells:
            inside = False
        elif inside and not cells[0].startswith("---"):
            yield cells


def anchors(page: Path) -> set[str]:
    """What links may name in a page: its headings, as they are shown by GitHub."""
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}
