"""A scan does the same on every engine that serves an event loop."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from mustela.files.children import Children
from mustela.store import AsyncStore
from mustela.store.testing import Engine, harness_url
from tests.files.library import TABLES, open_library

ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_library_lives_through_changes(
    engine: Engine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    postgres = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, postgres)
    async with (
        AsyncStore.open(url, create=TABLES) as store,
        Children(size=1) as children,
        open_library(tmp_path / "library", store, children) as library,
    ):
        for directory, number in product("ab", range(4)):
            at = 10 * (directory == "b") + number
            library.put(f"{directory}/{number}.toy", f"{directory}{number}", at=at)
        library.put("bad.toy", "broken")
        result = await library.scan()
        assert (result.catalogued, result.failed) == (8, 1)
        library.rename("a", "aside")
        library.rename("b", "a")  # the two directories swap their files
        library.rename("aside", "b")
        (library.directory / "a/0.toy").unlink()
        library.put("a/1.toy", "changed", at=1)
        library.put("c/3.toy", "new")
        result = await library.scan()
        # b0 and b1 are nowhere, so their records keep their places, and a0 has none.
        assert (result.moved, result.missing, result.catalogued) == (4, 1, 8)
        assert await library.there() == {
            **{f"b/{n}.toy": f"a{n}" for n in range(4)},
            **{f"a/{n}.toy": f"b{n}" for n in (2, 3)},
            "a/1.toy": "changed",
            "c/3.toy": "new",
        }
        library.put("back/0.toy", "a0", at=4)
        result = await library.scan()
        assert (result.moved, result.unchanged, result.failed) == (1, 8, 1)
        assert await library.missing() == set()
