"""The documents of the store name what is there, and show what runs."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mustela import store
from mustela.errors import MustelaError
from mustela.store import errors, maintenance_errors, migrate, testing
from mustela.store.testing import fixtures

PROJECT = Path(__file__).parents[2]
REFERENCE = (PROJECT / "docs/reference/store.md").read_text(encoding="utf-8")
GUIDE = (PROJECT / "docs/how-to/build-a-service.md").read_text(encoding="utf-8")
SERVICE = PROJECT / "examples/service"


def documented() -> Iterator[tuple[str, str, str]]:
    """Module, name and what is said of it, from the tables of the reference."""
    module = ""
    for line in REFERENCE.splitlines():
        if heading := re.match(r"## (.*)", line):
            module = heading[1].partition(":")[0]
        elif row := re.match(r"\| `(\w+)` \| (.*) \|$", line):
            yield module, row[1], row[2]


NAMES = list(documented())


def names_of(module: str) -> set[str]:
    return {name for found, name, _ in NAMES if found == module}


@pytest.mark.parametrize("module", [store, testing, fixtures], ids=lambda module: module.__name__)
def test_every_public_name_is_in_the_reference(module: Any) -> None:
    public: list[str] = module.__all__
    assert set(public) == names_of(module.__name__)


def test_the_migrations_functions_are_in_the_reference() -> None:
    assert {*migrate.__all__} - {"Branch"} == names_of("mustela.store.migrate")


@pytest.mark.parametrize("module", [errors, maintenance_errors], ids=lambda one: one.__name__)
def test_every_error_is_in_the_reference_with_its_code(module: Any) -> None:
    name = module.__name__
    found = {
        one: kind.code
        for one, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, MustelaError) and kind.__module__ == name
    }
    said = {one: text.split("`")[1] for where, one, text in NAMES if where == name}
    assert said == found


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, name, _ in NAMES])
def test_every_name_in_the_reference_is_there(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def squeezed(code: str) -> str:
    """Code without blank lines and indentation of its own."""
    lines = [line for line in code.splitlines() if line.strip()]
    return textwrap.dedent("\n".join(lines)).strip()


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.partition("\n")[0][:40])
def test_the_guide_shows_the_example_as_it_is(block: str) -> None:
    pieces = re.split(r"^ *\.\.\.\n", block, flags=re.MULTILINE)
    for path in SERVICE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if all(_indented_anywhere(piece, source) for piece in pieces):
            return
    pytest.fail(f"this is not in the example:\n{block}")


def _indented_anywhere(piece: str, source: str) -> bool:
    """Whether the lines of the piece follow each other in the source, however far indented."""
    wanted = squeezed(piece).splitlines()
    lines = [line for line in source.splitlines() if line.strip()]
    return any(
        squeezed("\n".join(lines[at : at + len(wanted)])).splitlines() == wanted
        for at in range(len(lines) - len(wanted) + 1)
    )
