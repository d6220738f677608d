"""Who has failed several times in a row is left alone for a while."""

from __future__ import annotations

from mustela.http.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def failed(breaker: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        assert breaker.allows()
        breaker.failed("it burns")


def test_a_few_failures_hold_nothing_back() -> None:
    breaker = Breaker(Clock())
    failed(breaker, FAILURES - 1)
    assert breaker.allows()
    assert not breaker.is_open
    assert breaker.problem == "it burns"


def test_only_failures_in_a_row_count() -> None:
    breaker = Breaker(Clock())
    for _ in range(10):
        failed(breaker, FAILURES - 1)
        breaker.succeeded()
    assert breaker.allows()
    assert breaker.problem is None


def test_after_failures_in_a_row_nobody_asks_until_a_pause_is_over() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    failed(breaker)
    assert breaker.is_open
    assert not breaker.allows()
    clock.now += FIRST_PAUSE - 0.001
    assert not breaker.allows()
    clock.now += 0.001
    assert breaker.allows()


def test_after_the_pause_one_tries_for_all() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    failed(breaker)
    clock.now += FIRST_PAUSE
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert all(breaker.allows() for _ in range(3))
    assert not breaker.is_open


def test_pauses_become_longer_to_a_limit_and_are_short_again_after_a_success() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    failed(breaker)
    pauses = []
    for _ in range(9):
        began = clock.now
        while not breaker.allows():
            clock.now += FIRST_PAUSE
        pauses.append(clock.now - began)
        breaker.failed("it still burns")
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    breaker.succeeded()
    failed(breaker)
    clock.now += FIRST_PAUSE
    assert breaker.allows()


def test_a_trial_that_never_ends_costs_one_pause() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    failed(breaker)
    clock.now += FIRST_PAUSE
    assert breaker.allows()  # and its caller is cancelled
    clock.now += FIRST_PAUSE
    assert breaker.allows()


def test_answers_that_come_late_change_nothing_for_the_worse() -> None:
    """Several had asked before the first of them failed."""
    clock = Clock()
    breaker = Breaker(clock)
    failed(breaker)
    breaker.failed("it burns")
    assert not breaker.allows()
    clock.now += LONGEST_PAUSE
    assert breaker.allows()
