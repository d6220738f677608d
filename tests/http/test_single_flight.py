"""Work that several ask for at once."""

from __future__ import annotations

import asyncio

import pytest

from mustela.http.single_flight import Flights


class Work:
    """Counts how often it begins, and ends when it is told to: with a value or an error."""

    def __init__(self) -> None:
        self.begun = 0
        self.results: list[asyncio.Future[str]] = []

    async def __call__(self) -> str:
        self.begun += 1
        self.results.append(asyncio.get_running_loop().create_future())
        return await self.results[-1]


async def asked(
    flights: Flights[str], work: Work, number: int, name: str = "a"
) -> list[asyncio.Task[str]]:
    """So many who ask; all have come as far as they can."""
    tasks = [asyncio.create_task(flights.run(name, work)) for _ in range(number)]
    await settled()
    return tasks


async def settled() -> None:
    """Every task has come as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_for_the_same_at_once_shares_one_piece_of_work() -> None:
    flights, work = Flights[str](), Work()
    tasks = await asked(flights, work, 5)
    assert work.begun == 1
    work.results[0].set_result("x")
    assert await asyncio.gather(*tasks) == ["x"] * 5


async def test_what_is_done_is_not_kept() -> None:
    flights, work = Flights[str](), Work()
    for number in (1, 2):
        (task,) = await asked(flights, work, 1)
        assert work.begun == number
        work.results[-1].set_result(str(number))
        assert await task == str(number)


async def test_another_name_is_other_work() -> None:
    flights, work = Flights[str](), Work()
    one = await asked(flights, work, 2, "a")
    other = await asked(flights, work, 2, "b")
    assert work.begun == 2
    work.results[1].set_result("b")
    assert await asyncio.gather(*other) == ["b", "b"]
    work.results[0].set_result("a")
    assert await asyncio.gather(*one) == ["a", "a"]


async def test_an_error_is_only_the_first_ones() -> None:
    flights, work = Flights[str](), Work()
    first, *others = await asked(flights, work, 4)
    work.results[0].set_exception(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        await first
    await settled()
    assert work.begun == 4  # each of the others by itself, at once
    for result in work.results[1:]:
        result.set_result("x")
    assert await asyncio.gather(*others) == ["x"] * 3


async def test_where_the_first_is_cancelled_the_next_takes_over_for_all() -> None:
    flights, work = Flights[str](), Work()
    first, second, *others = await asked(flights, work, 5)
    for number, task in ((2, first), (3, second)):
        task.cancel()
        await settled()
        assert task.cancelled()
        assert work.begun == number
    work.results[-1].set_result("x")
    assert await asyncio.gather(*others) == ["x"] * 3


async def test_one_who_only_waits_may_go() -> None:
    flights, work = Flights[str](), Work()
    first, waiting, other = await asked(flights, work, 3)
    waiting.cancel()
    await settled()
    assert waiting.cancelled()
    work.results[0].set_result("x")
    assert (await first, await other) == ("x", "x")
    assert work.begun == 1
