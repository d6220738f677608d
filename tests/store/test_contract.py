"""What a store promises, on every engine, sync and async."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Any

import pytest

from mustela.store import Store, acting_as
from mustela.store.errors import (
    AlreadyExists,
    BulkTooLarge,
    ConstraintViolated,
    FieldConflict,
    InsideTransaction,
    InvalidValue,
    NotFound,
    NotRevertible,
    RevertConflict,
    StoreClosed,
    TransactionClosed,
)
from mustela.store.testing import Harness
from tests.store.toys import Toy, bind

CAR = Toy("car", "box/car", 2.5)
DOLL = Toy("doll", "box/doll", None, 3, "blue")


async def test_what_was_added_is_read_back(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    assert await toys.get("car") is None
    assert await toys.add(CAR) == CAR
    assert await toys.get("car") == CAR
    assert await toys.count() == 1


@pytest.mark.parametrize("twin", [Toy("car", "elsewhere"), Toy("other", "box/car")])
async def test_a_taken_id_or_path_is_refused_and_leaves_nothing(
    toy_harness: Harness, twin: Toy
) -> None:
    toys = bind(toy_harness)
    await toys.add(CAR)
    label = await toys.label()
    with pytest.raises(AlreadyExists, match="already exists") as refusal:
        await toys.add(twin)
    assert isinstance(refusal.value, ValueError)
    assert "box/car" not in str(refusal.value)
    assert await toys.newest() == [CAR]
    assert await toys.label() == label


async def test_many_are_added_all_or_none(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(CAR)
    with pytest.raises(AlreadyExists):
        await toys.add_many([DOLL, CAR])
    assert await toys.count() == 1
    assert await toys.add_many([DOLL, Toy("x", "x")]) == 2
    assert await toys.count() == 3
    assert await toys.add_many([]) == 0


async def test_a_unit_that_fails_leaves_and_announces_nothing(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    with pytest.raises(ZeroDivisionError):
        await toys.add_and_fail(CAR)
    assert await toys.get("car") is None
    assert await toys.events() == []
    assert await toys.count() == 0


async def test_a_value_that_the_schema_forbids_is_refused(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    with pytest.raises(ConstraintViolated):
        await toys.add(Toy("car", "car", rating=6))
    assert await toys.count() == 0


BAD: list[dict[str, Any]] = [
    {"rating": 4.5},
    {"rating": "4"},
    {"rating": True},
    {"rating": 2**63},
    {"weight": math.nan},
    {"weight": math.inf},
    {"weight": "1.5"},
    {"note": 1},
    {"note": "a\0b"},
    {"note": "\ud800"},
    {"colour": "red"},
]


@pytest.mark.parametrize("fields", BAD, ids=repr)
async def test_what_an_engine_would_change_or_not_take_is_refused_on_all(
    toy_harness: Harness, fields: dict[str, Any]
) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    with pytest.raises(InvalidValue, match=next(iter(fields))):
        await toys.update("doll", **fields)
    if "colour" not in fields:
        with pytest.raises(InvalidValue):
            await toys.add(Toy("bad", "bad", **fields))
    assert await toys.newest() == [DOLL]
    assert len(await toys.history("doll")) == 1


async def test_an_update_writes_only_the_named_fields(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    assert await toys.update("doll", weight=1.0) == Toy("doll", "box/doll", 1.0, 3, "blue")
    assert await toys.update("doll", note=None) == Toy("doll", "box/doll", 1.0, 3, None)


async def test_an_update_that_changes_nothing_writes_nothing(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    label = await toys.label()
    await toys.update("doll", rating=3, note="blue")
    assert await toys.label() == label
    assert len(await toys.history("doll")) == 1


async def test_an_update_of_nobody_and_onto_anothers_path_are_refused(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add_many([CAR, DOLL])
    with pytest.raises(NotFound) as refusal:
        await toys.update("nobody", note="x")
    assert isinstance(refusal.value, ValueError)
    with pytest.raises(AlreadyExists):
        await toys.update("doll", path="box/car", note="red")
    assert await toys.get("doll") == DOLL


async def test_nulls_come_last_in_both_directions(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy("a", "a", 1.0), Toy("b", "b"), Toy("c", "c", 3.0), Toy("d", "d")])
    assert [toy.id for toy in await toys.by_weight()] == ["a", "c", "d", "b"]
    assert [toy.id for toy in await toys.by_weight(descending=True)] == ["c", "a", "d", "b"]


async def test_text_is_ordered_by_code_point(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    paths = ["Z", "a", "ä", "é", "ﬁ", "\U0001f600", "B", "_", "~"]
    await toys.add_many([Toy(f"t{n}", path) for n, path in enumerate(paths)])
    assert [toy.path for toy in await toys.by_path()] == sorted(paths)


async def test_the_newest_come_first_and_ties_go_by_id(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy(id, id) for id in "bca"])
    assert [toy.id for toy in await toys.newest()] == ["c", "b", "a"]
    assert [toy.id for toy in await toys.newest(limit=1, offset=1)] == ["b"]


async def test_independent_steps_answer_in_order(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([CAR, DOLL])
    first, second = await toys.both("doll", "car")
    assert Toy(*first[0]) == DOLL
    assert Toy(*second[0]) == CAR
    assert await toys.both("nobody", "nobody") == [[], []]


async def test_a_stream_yields_everything_page_by_page(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy(f"t{n}", f"p{n}") for n in range(7)])
    assert [toy.id async for toy in toys.everything(size=3)] == [f"t{n}" for n in range(7)]


async def test_total_and_token_include_the_units_own_changes(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(CAR)
    before = await toys.label()
    size, label = await toys.add_and_count(DOLL)
    assert size == 2
    assert label != before


async def test_a_token_of_a_transaction_that_rolled_back_never_comes_again(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add(CAR)
    seen = {}
    with suppress(ZeroDivisionError):
        async with toy_harness.transaction() as tx:
            inside = bind(toy_harness, tx)
            seen[await inside.label()] = await inside.get("car")
            await inside.update("car", note="not to be")
            seen[await inside.label()] = await inside.get("car")
            raise ZeroDivisionError
    assert seen[await toys.label()] == CAR
    await toys.update("car", note="to be")
    assert await toys.label() not in seen


async def test_every_change_moves_the_token_and_writes_an_event(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    labels = [await toys.label()]
    await toys.add(CAR)
    labels.append(await toys.label())
    await toys.update("car", note="fast")
    labels.append(await toys.label())
    await toys.delete("car")
    labels.append(await toys.label())
    assert len(set(labels)) == 4
    entries = await toys.history("car")
    assert await toys.events() == [("toys", "car", entry.change_id) for entry in reversed(entries)]


async def test_the_audit_says_who_did_what(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    with acting_as("ann", "request-1"):
        await toys.add(DOLL)
        await toys.update("doll", rating=4, weight=2.0)
    with acting_as("bob"):
        assert await toys.delete("doll")
    gone, rated, added = await toys.history("doll")
    assert (added.action, added.after) == ("insert", {"note": "blue", "rating": 3})
    assert (rated.action, rated.before, rated.after) == (
        "update",
        {"rating": 3, "weight": None},
        {"rating": 4, "weight": 2.0},
    )
    assert (added.actor, added.request_id) == ("ann", "request-1")
    assert (gone.actor, gone.request_id) == ("bob", None)
    assert gone.action == "delete"
    assert gone.before is not None
    assert gone.before["path"] == "box/doll"
    assert len({entry.change_id for entry in (gone, rated, added)}) == 3
    assert await toys.history("doll", limit=1) == [gone]


async def test_deleting_nobody_is_false(toy_harness: Harness) -> None:
    assert await bind(toy_harness).delete("nobody") is False


async def test_an_edit_is_reverted_and_the_revert_is_reverted(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    await toys.update("doll", rating=5, note=None)
    undo = await toys.revert((await toys.history("doll"))[0].id)
    assert await toys.get("doll") == DOLL
    await toys.revert(undo)
    assert await toys.get("doll") == Toy("doll", "box/doll", None, 5, None)


async def test_a_revert_names_the_fields_in_its_way_and_changes_nothing(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    await toys.update("doll", rating=5, note="red")
    change = (await toys.history("doll"))[0].id
    await toys.update("doll", note="green")
    with pytest.raises(RevertConflict) as conflict:
        await toys.revert(change)
    assert conflict.value.conflicts == (FieldConflict("doll", "note", "red", "green"),)
    assert (await toys.get("doll")).rating == 5


async def test_a_deleted_record_comes_back_with_its_id(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([CAR, DOLL])
    await toys.delete("doll")
    undo = await toys.revert((await toys.history("doll"))[0].change_id)
    assert await toys.get("doll") == DOLL
    assert await toys.count() == 2
    await toys.revert(undo)
    assert await toys.get("doll") is None


async def test_a_delete_cannot_be_reverted_onto_a_living_record(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    await toys.delete("doll")
    change = (await toys.history("doll"))[0].id
    await toys.add(Toy("doll", "new"))
    with pytest.raises(RevertConflict):
        await toys.revert(change)
    assert await toys.get("doll") == Toy("doll", "new")


async def test_a_delete_cannot_be_reverted_while_another_record_has_its_place(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy("a", "box/a", rating=1), Toy("b", "box/b", rating=1)])
    await toys.throw_away(1)
    of_one = (await toys.history("a"))[0]
    await toys.add(Toy("other", "box/a"))
    for reference in (of_one.id, of_one.change_id):
        with pytest.raises(RevertConflict) as refused:
            await toys.revert(reference)
        assert refused.value.conflicts == (FieldConflict("a", "path", None, "box/a"),)
    assert [toy.id for toy in await toys.newest()] == ["other"]
    await toys.delete("other")
    await toys.revert(of_one.change_id)
    assert await toys.count() == 2


async def test_what_a_program_observed_cannot_be_reverted(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add(CAR)
    await toys.update("car", weight=9.0)
    with pytest.raises(NotRevertible):
        await toys.revert((await toys.history("car"))[0].id)
    with pytest.raises(NotFound):
        await toys.revert(10**9)
    with pytest.raises(NotFound):
        await toys.revert("no such change")


async def test_a_change_is_reverted_although_a_program_observed_in_it_too(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx)
        await inside.add(CAR)
        await inside.update("car", weight=9.0)
        await inside.update("doll", weight=1.0)
        await inside.update("doll", rating=1)
        await inside.update("doll", rating=5, weight=2.0)
    undo = await toys.revert((await toys.history("doll"))[0].change_id)
    assert await toys.newest() == [Toy("doll", "box/doll", 2.0, 3, "blue")]
    await toys.revert(undo)
    assert await toys.get("car") == Toy("car", "box/car", 9.0)
    assert (await toys.get("doll")).rating == 5


async def test_a_conflict_tells_the_newest_value_that_the_change_left(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add(DOLL)
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx)
        await inside.update("doll", rating=1)
        await inside.update("doll", rating=2)
    change = (await toys.history("doll"))[0].change_id
    await toys.update("doll", rating=5)
    with pytest.raises(RevertConflict) as conflict:
        await toys.revert(change)
    assert conflict.value.conflicts == (FieldConflict("doll", "rating", 2, 5),)


async def test_a_bulk_edit_is_one_change_and_one_undo(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy("a", "a", rating=1), Toy("b", "b"), Toy("c", "c", rating=4)])
    assert await toys.rate_all(4) == 2
    changes = {(await toys.history(id))[0].change_id for id in "ab"}
    assert len(changes) == 1
    assert len(await toys.history("c")) == 1
    undo = await toys.revert(changes.pop())
    assert [(await toys.get(id)).rating for id in "abc"] == [1, None, 4]
    await toys.revert(undo)
    assert [(await toys.get(id)).rating for id in "abc"] == [4, 4, 4]


async def test_a_bulk_undo_that_meets_one_later_edit_changes_nothing(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy("a", "a"), Toy("b", "b"), Toy("c", "c")])
    await toys.rate_all(4)
    change = (await toys.history("a"))[0].change_id
    await toys.update("b", rating=2)
    await toys.delete("c")
    with pytest.raises(RevertConflict) as conflict:
        await toys.revert(change)
    assert {one.record for one in conflict.value.conflicts} == {"b", "c"}
    assert (await toys.get("a")).rating == 4


async def test_a_bulk_edit_beyond_its_limit_is_refused(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    await toys.add_many([Toy("a", "a"), Toy("b", "b")])
    with pytest.raises(BulkTooLarge):
        await toys.rate_all(1, limit=1)
    assert (await toys.get("a")).rating is None


async def test_a_bulk_delete_is_one_change_and_one_undo(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    before = [Toy("a", "a", 0.1, 1, "x"), Toy("b", "b", None, 1), Toy("c", "c", rating=2)]
    await toys.add_many(before)
    assert await toys.throw_away(1) == 2
    assert await toys.throw_away(1) == 0
    assert [toy.id for toy in await toys.newest()] == ["c"]
    assert await toys.count() == 1
    change = (await toys.history("a"))[0].change_id
    undo = await toys.revert(change)
    assert await toys.newest() == before[::-1]
    assert await toys.count() == 3
    with pytest.raises(RevertConflict) as conflict:
        await toys.revert(change)
    assert {one.record for one in conflict.value.conflicts} == {"a", "b"}
    await toys.revert(undo)
    assert await toys.count() == 1


async def test_a_transaction_commits_its_calls_as_one_change(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx)
        await inside.add(CAR)
        assert await inside.get("car") == CAR
        await inside.add(DOLL)
        assert await inside.count() == 2
    assert await toys.count() == 2
    (car,), (doll,) = await toys.history("car"), await toys.history("doll")
    assert car.change_id == doll.change_id
    await toys.revert(car.change_id)
    assert await toys.count() == 0


async def test_ids_go_on_within_a_transaction(toy_harness: Harness) -> None:
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx)
        change, first, second, now = await inside.made()
        again, third, fourth, later = await inside.made()
    assert (change, now) == (again, later)
    assert first < second < third < fourth


async def test_a_transaction_rolls_back_on_an_exception(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with toy_harness.transaction() as tx:
            await bind(toy_harness, tx).add(CAR)
            raise ZeroDivisionError
    assert await toys.newest() == []
    assert await toys.events() == []


async def test_a_failed_call_inside_a_transaction_is_undone_alone(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx)
        await inside.add(CAR)
        with pytest.raises(ZeroDivisionError):
            await inside.add_and_fail(DOLL)
        with pytest.raises(AlreadyExists):
            await inside.add(CAR)
        await inside.update("car", note="kept")
    assert [toy.id for toy in await toys.newest()] == ["car"]
    assert len(await toys.events()) == 2


async def test_a_call_on_the_store_inside_its_transaction_is_refused_at_once(
    toy_harness: Harness,
) -> None:
    toys = bind(toy_harness)
    async with toy_harness.transaction() as tx:
        await bind(toy_harness, tx).add(CAR)
        with pytest.raises(InsideTransaction):
            await toys.add(DOLL)
        with pytest.raises(InsideTransaction):
            await toys.get("car")
        with pytest.raises(InsideTransaction):
            async with toy_harness.transaction():
                pass
    await toys.add(DOLL)
    assert await toys.count() == 2


async def test_a_transaction_that_ended_takes_no_calls(toy_harness: Harness) -> None:
    async with toy_harness.transaction() as tx:
        pass
    with pytest.raises(TransactionClosed):
        await bind(toy_harness, tx).add(CAR)


async def test_concurrent_writers_all_succeed(toy_harness: Harness) -> None:
    toys = bind(toy_harness)

    def calls(operation: Any, *args: Any, **fields: Any) -> Any:
        if toy_harness.face == "sync":
            return asyncio.to_thread(operation, *args, **fields)
        return operation(*args, **fields)

    repository = toys.repository
    await asyncio.gather(*(calls(repository.add, Toy(f"t{n}", f"p{n}")) for n in range(100)))
    assert await toys.count() == 100
    assert len(await toys.events()) == 100
    await asyncio.gather(*(calls(repository.update, "t0", weight=float(n)) for n in range(20)))
    assert len(await toys.history("t0")) == 21


async def test_a_closed_store_says_so(toy_harness: Harness) -> None:
    toys = bind(toy_harness)
    store = toy_harness.store
    if isinstance(store, Store):
        store.close()
    else:
        await store.close()
    with pytest.raises(StoreClosed):
        await toys.get("car")
