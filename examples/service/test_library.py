"""What the library promises, written once and held on every engine, sync and async."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lending.repository import AlreadyLent, AsyncLibrary, Library, NotLent
from lending.schema import BRANCHES, database_url, metadata
from mustela.store import acting_as
from mustela.store.errors import AlreadyExists, InvalidValue, NotFound, RevertConflict
from mustela.store.migrations.verify import verify
from mustela.store.testing import Harness
from mustela.store.testing.fixtures import OpenHarness

DUE = datetime(2030, 1, 31, tzinfo=UTC)


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([metadata]) as opened:
        yield opened


@pytest.fixture
def library(harness: Harness) -> Any:
    return harness.bind(Library, AsyncLibrary)


async def test_an_instrument_is_lent_and_comes_back(library: Any) -> None:
    cello = await library.add("No. 7", "cello")
    lent = await library.lend(cello.id, "Ida", DUE)
    assert (lent.lent_to, lent.due) == ("Ida", DUE)
    assert await library.get(cello.id) == lent
    assert await library.give_back(cello.id) == cello
    with pytest.raises(NotLent):
        await library.give_back(cello.id)


async def test_instruments_are_listed_by_kind_and_label(library: Any) -> None:
    for label, kind in [("b", "viola"), ("c", "cello"), ("a", "viola")]:
        await library.add(label, kind)
    assert [one.label for one in await library.instruments()] == ["c", "a", "b"]
    assert [one.label for one in await library.instruments("viola", limit=1)] == ["a"]


async def test_what_cannot_be_is_refused_and_changes_nothing(library: Any) -> None:
    cello = await library.add("No. 7", "cello")
    with pytest.raises(AlreadyExists):
        await library.add("No. 7", "viola")
    with pytest.raises(NotFound):
        await library.lend("nothing", "Ida", DUE)
    with pytest.raises(InvalidValue, match="time zone"):
        await library.lend(cello.id, "Ida", DUE.replace(tzinfo=None))
    assert await library.instruments() == [cello]


async def test_of_many_who_want_an_instrument_one_gets_it(harness: Harness, library: Any) -> None:
    cello = await library.add("No. 7", "cello")
    people = [f"person {number}" for number in range(8)]
    wishes = (library.lend(cello.id, name, DUE) for name in people)
    answers = await asyncio.gather(*wishes, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, AlreadyLent)]
    assert len(refused) == 7
    assert len(await library.history(cello.id)) == 2


async def test_the_history_names_who_did_what_and_a_loan_can_be_undone(library: Any) -> None:
    with acting_as("Eva"):
        cello = await library.add("No. 7", "cello")
        await library.lend(cello.id, "Ida", DUE)
    lending, adding = await library.history(cello.id)
    assert (adding.actor, adding.action, lending.action) == ("Eva", "insert", "update")
    assert lending.before == {"lent_to": None, "due": None}
    assert lending.after is not None
    assert lending.after["lent_to"] == "Ida"
    await library.revert(lending.change_id)
    assert await library.get(cello.id) == cello
    with pytest.raises(RevertConflict):
        await library.revert(lending.change_id)


async def test_a_quartet_is_lent_whole_or_not_at_all(harness: Harness, library: Any) -> None:
    viola, cello = await library.add("1", "viola"), await library.add("2", "cello")
    await library.lend(cello.id, "Ida", DUE)

    async def lend_both() -> None:
        async with harness.transaction() as transaction:
            inside = harness.bind(Library, AsyncLibrary, transaction)
            for instrument in (viola, cello):
                await inside.lend(instrument.id, "Max", DUE)

    with pytest.raises(AlreadyLent):
        await lend_both()
    assert await library.get(viola.id) == viola


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_that_are_declared(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = database_url(tmp_path)
    if engine == "postgresql":
        url = request.getfixturevalue("postgres_url")
    assert "lending_0001" in verify(url, BRANCHES).revisions
