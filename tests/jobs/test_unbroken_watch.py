"""Who judges others has watched without a gap."""

from __future__ import annotations

from mustela.jobs.unbroken_watch import UnbrokenWatch

SECOND = 1_000_000
START = 1_700_000_000 * SECOND


def test_it_lasts_when_it_was_kept_for_long_enough() -> None:
    watch = UnbrokenWatch(10, 3)
    looks = [watch.lasts(START + second * SECOND) for second in range(0, 16, 2)]
    assert looks == [False] * 5 + [True] * 3


def test_a_gap_begins_it_anew() -> None:
    """An outage, a machine that slept, or a clock that was set: forward or back."""
    for jump in (4, 3600, -1, -3600):
        watch = UnbrokenWatch(4, 3)
        assert [watch.lasts(START + second * SECOND) for second in (0, 2, 4)][-1]
        now = START + (4 + jump) * SECOND
        assert [watch.lasts(now + second * SECOND) for second in (0, 2, 4)] == [False, False, True]
