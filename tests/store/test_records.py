"""Records and their audit where a table is not as plain as the toys', on every engine."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, bindparam, select

from mustela.store import (
    BLOB,
    INTEGER,
    REAL,
    TEXT,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    derived,
    edited,
    observed,
    one,
    read,
    write,
)
from mustela.store.errors import InvalidValue
from mustela.store.record import Record
from mustela.store.records import Records
from mustela.store.revert import AuditOperations
from mustela.store.schema import NAMING
from mustela.store.testing.fixtures import OpenHarness

stars_metadata = MetaData(naming_convention=NAMING)
stars = Table(
    "stars",
    stars_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("flux", REAL),
    edited("tags", TEXT, nullable=False),
    edited("class", INTEGER),
    derived("picture", BLOB),
    sqlite_strict=True,
)
stars.c.tags.info["default"] = "[]"


class StarRecords(Records):
    def derive(self, values: Any) -> dict[str, Any]:
        return {"picture": repr(values["flux"]).encode()} if "flux" in values else {}


records = StarRecords(stars, "stars")
GET = Statement(
    select(stars.c.flux, stars.c.tags, stars.c.picture).where(stars.c.id == bindparam("id"))
)


class StarOperations(AuditOperations):
    def __init__(self, executor: Any) -> None:
        super().__init__(executor, records=[records])

    @write
    def add(self, id: str, /, **fields: Any) -> Unit[None]:
        yield from records.insert({"id": id, **fields})

    @write
    def restore(self, id: str, /, **fields: Any) -> Unit[None]:
        yield from records.restore({"id": id, **fields})

    @write
    def delete(self, id: str) -> Unit[None]:
        yield from records.delete(id)

    @write
    def delete_all(self) -> Unit[int]:
        return (yield from records.delete_where(stars.c.id != bindparam("none"), {"none": ""}))

    @read
    def get(self, id: str) -> Unit[tuple[Any, ...] | None]:
        return (yield from one(GET, lambda *row: (*row[:2], bytes(row[2])), id=id))


class Stars(StarOperations, SyncRepository): ...


class AsyncStars(StarOperations, AsyncRepository): ...


@pytest.mark.parametrize("flux", [1e23, 1e300, 5e-324, 0.1 + 0.2, 3.0, -0.25])
@pytest.mark.parametrize("removal", ["delete", "delete_all"])
async def test_a_deleted_record_comes_back_to_the_last_bit(
    open_engine: OpenHarness, flux: float, removal: str
) -> None:
    async with open_engine([stars_metadata]) as harness:
        repository = harness.bind(Stars, AsyncStars)
        await repository.add("vega", flux=flux)
        before = await repository.get("vega")
        await (repository.delete("vega") if removal == "delete" else repository.delete_all())
        assert await repository.get("vega") is None
        await repository.revert((await repository.history_of("stars", "vega"))[0].change_id)
        assert await repository.get("vega") == before == (flux, "[]", repr(flux).encode())


async def test_a_record_is_restored_into_the_columns_that_there_are_by_now(
    open_engine: OpenHarness,
) -> None:
    async with open_engine([stars_metadata]) as harness:
        repository = harness.bind(Stars, AsyncStars)
        await repository.restore("vega", flux=3, dropped_long_ago="x")
        assert await repository.get("vega") == (3.0, "[]", b"3.0")


class Base(Record):
    id: str
    note: str | None = None
    seen: bool = False
    tags: tuple[str, ...] = ()


class Extended(Base):
    more: int = 1


class One(Record):
    hidden = ("secret",)

    id: str
    secret: int = 0


def test_a_record_that_extends_another_has_its_defaults() -> None:
    assert Extended(id="a") == Extended(id="a", note=None, seen=False, tags=(), more=1)


def test_a_record_that_shows_one_field_is_public() -> None:
    assert One(id="abc").to_public() == One.public("abc")


@pytest.mark.parametrize("field", [{"seen": "yes"}, {"seen": 7}, {"tags": 5}, {"tags": "ab"}])
def test_what_is_no_truth_value_or_no_list_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Base(id="a", **field)
