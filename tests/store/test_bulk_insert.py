"""Many rows at once are what they would be one by one, on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from mustela.store.errors import AlreadyExists, ConstraintViolated
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import Toy, bind, toy_metadata

#: So many that PostgreSQL copies them.
MANY = 300
ODD = [
    "",
    " ",
    r"\N",
    r"\.",
    "\\",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\x01\x7f",
    "ß😀",
    r"\\x41",
    "NULL",
    "$1",
]


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([toy_metadata]) as harness:
        yield harness


def toy(number: int) -> Toy:
    odd = ODD[number % len(ODD)]
    weight = None if number % 3 else number / 7
    rating = None if number % 2 else number % 6
    return Toy(f"t{number}", f"{number}/{odd}", weight, rating, odd if number % 5 else None)


async def test_what_was_added_together_is_read_back_as_it_was(harness: Harness) -> None:
    toys, all_toys = bind(harness), [toy(number) for number in range(MANY)]
    assert await toys.add_many(all_toys) == MANY
    assert sorted(await toys.newest(MANY), key=lambda one: int(one.id[1:])) == all_toys
    assert await toys.count() == MANY
    assert [entry.action for entry in await toys.history("t7")] == ["insert"]
    assert await toys.update("t7", note="changed") is not None


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda one: Toy("t0", one.path), AlreadyExists),
        (lambda one: Toy(one.id, "0/"), AlreadyExists),
        (lambda one: Toy(one.id, one.path, rating=6), ConstraintViolated),
    ],
)
async def test_one_that_is_refused_leaves_none(
    harness: Harness, spoil: Callable[[Toy], Toy], error: type[Exception]
) -> None:
    toys: Any = bind(harness)
    all_toys = [toy(number) for number in range(MANY)]
    with pytest.raises(error):
        await toys.add_many([*all_toys[:-1], spoil(all_toys[-1])])
    assert await toys.newest() == []
    assert await toys.count() == 0
    assert await toys.add_many(all_toys) == MANY


async def test_rows_that_are_added_together_belong_to_their_transaction(harness: Harness) -> None:
    toys = bind(harness)
    with suppress(ZeroDivisionError):
        async with harness.transaction() as tx:
            await bind(harness, tx).add_many([toy(number) for number in range(MANY)])
            assert await bind(harness, tx).count() == MANY
            raise ZeroDivisionError
    assert await toys.count() == 0
