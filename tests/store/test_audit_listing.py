"""Looking through the audit: every filter, page by page, along an index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from itertools import combinations
from typing import Any

import apsw
import pytest

from mustela.store import AsyncRepository, Store, SyncRepository, acting_as, to_microseconds
from mustela.store.audit import AuditEntry
from mustela.store.audit_listing import LISTING, AuditListOperations, listed_by
from mustela.store.listing import bound
from mustela.store.sqlite.dialect import DIALECT
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import AsyncToys, Toy, Toys, toy_metadata

FILTERS = ("since", "actor", "topic", "record", "change_id")


class Audit(AuditListOperations, SyncRepository): ...


class AsyncAudit(AuditListOperations, AsyncRepository): ...


class Kept:
    """A catalog with some history, and all of its entries, newest first."""

    def __init__(self, harness: Harness) -> None:
        self.toys: Any = harness.bind(Toys, AsyncToys)
        self.audit: Any = harness.bind(Audit, AsyncAudit)
        self.all: list[AuditEntry] = []

    async def fill(self) -> None:
        with acting_as("ann"):
            await self.toys.add_many([Toy(f"t{n}", f"p{n}") for n in range(4)])
        with acting_as("bob"):
            await self.toys.update("t1", rating=2)
            await self.toys.rate_all(3)
            await self.toys.delete("t2")
        self.all = (await self.audit.entries(1000)).items

    async def pages(self, size: int, **filters: Any) -> list[AuditEntry]:
        found: list[AuditEntry] = []
        page = await self.audit.entries(size, **filters)
        total = page.total
        while page.next is not None:
            assert len(page.items) == size
            found += page.items
            page = await self.audit.entries(size, after=page.next, **filters)
        found += page.items
        assert total == len(found)
        return found


@pytest.fixture
async def kept(open_engine: OpenHarness) -> AsyncIterator[Kept]:
    async with open_engine([toy_metadata]) as harness:
        kept = Kept(harness)
        await kept.fill()
        yield kept


async def test_pages_follow_each_other_newest_first(kept: Kept) -> None:
    assert len(kept.all) == 4 + 1 + 4 + 1
    assert [one.id for one in kept.all] == sorted((one.id for one in kept.all), reverse=True)
    for size in (1, 3):
        assert await kept.pages(size) == kept.all
    assert (await kept.audit.entries(2, 3)).items == kept.all[3:5]


async def test_filters_select_alone_and_together(kept: Kept) -> None:
    edit = next(one for one in kept.all if one.record_id == "t1" and one.actor == "bob")
    values: dict[str, Any] = {
        "since": to_microseconds(edit.at),
        "actor": "bob",
        "topic": "toys",
        "record": "t1",
        "change_id": edit.change_id,
    }
    matches: dict[str, Any] = {
        "since": lambda one: one.at >= edit.at,
        "actor": lambda one: one.actor == "bob",
        "topic": lambda one: one.topic == "toys",
        "record": lambda one: one.record_id == "t1",
        "change_id": lambda one: one.change_id == edit.change_id,
    }
    for count in (1, 2, len(FILTERS)):
        for names in combinations(FILTERS, count):
            expected = [one for one in kept.all if all(matches[name](one) for name in names)]
            assert expected
            found = await kept.pages(2, **{name: values[name] for name in names})
            assert found == expected, names
    assert await kept.pages(2, actor="nobody") == []


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    path = tmp_path_factory.mktemp("audit") / "a.db"
    Store.open(path, create=[toy_metadata]).close()
    with closing(apsw.Connection(str(path))) as connection:
        yield connection


@pytest.mark.parametrize("start", [None, "value"])
@pytest.mark.parametrize(
    "names", [names for n in range(len(FILTERS) + 1) for names in combinations(FILTERS, n)]
)
def test_no_page_and_no_count_reads_the_whole_audit(
    names: tuple[str, ...], start: str | None, database: apsw.Connection
) -> None:
    filters, sort = listed_by(dict.fromkeys(names, 1))
    given = {"limit": 1, "offset": 0, "after_id": 1, "after_value": 1, "most": 1, **bound(filters)}
    for statement in (
        LISTING.page(tuple(filters), None, sort, start),
        LISTING.count(tuple(filters), None),
    ):
        sql, literals = statement.compiled(DIALECT)
        explained = database.execute(f"EXPLAIN QUERY PLAN {sql}", {**given, **literals})
        plan = [str(step[-1]) for step in explained]
        (read,) = (step for step in plan if "audit" in step)
        if "record" in names or "change_id" in names:
            assert "(record_id=?" in read or "(change_id=?" in read, plan
        else:
            assert "INDEX ix_audit" in read, plan
            assert read.startswith("SEARCH") or not names, plan
            assert not any("TEMP B-TREE" in step for step in plan), plan
