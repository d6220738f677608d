"""The two epochs that differ most, against all pairs."""

from __future__ import annotations

import math
import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mustela.radio.variability.epochs import Epoch
from mustela.radio.variability.pairs import Pair, best_pair, best_pair_with, modulation

many = settings(max_examples=200, deadline=None, derandomize=True)

measured = st.tuples(
    st.one_of(st.floats(1e-6, 1e3), st.integers(-3, 3).map(float), st.floats(1.0, 1.000001)),
    st.one_of(st.floats(1e-9, 1e3), st.sampled_from([0.5, 1.0, 2.0])),
)


@st.composite
def light_curves(draw: st.DrawFn) -> list[Epoch]:
    found = draw(st.lists(measured, min_size=2, max_size=25))
    return [Epoch(s, e, float(at), f"m{at:03}") for at, (s, e) in enumerate(found)]


@many
@given(light_curves())
def test_the_best_pair_is_the_best_of_all_pairs(epochs: list[Epoch]) -> None:
    best = best_pair(epochs)
    assert best is not None
    assert best.vs == max(Pair.of(one, other).vs for one, other in combinations(epochs, 2))


@many
@given(light_curves())
def test_an_epoch_that_arrives_leaves_the_best_of_all_pairs(epochs: list[Epoch]) -> None:
    best: Pair | None = None
    for at, epoch in enumerate(epochs):
        best = best_pair_with(epochs[:at], epoch, best)
    assert best is not None
    expected: Pair | None = None
    for one, other in combinations(epochs, 2):
        pair = Pair.of(one, other)
        if pair.is_better_than(expected):
            expected = pair
    assert best == expected


@pytest.mark.parametrize("shape", ["noise", "sure", "wedge", "equal"])
def test_thousands_of_epochs_have_the_best_pair_that_numpy_finds_row_by_row(shape: str) -> None:
    count = 1_500
    rng = random.Random(5)
    epochs = []
    for at in range(count):
        flux, error = rng.gauss(1.0, 0.1), rng.uniform(0.05, 0.2)
        if shape == "sure":
            error = 10.0 ** rng.uniform(-9, 2)
        elif shape == "wedge":  # the surer, the nearer to 1: no epoch beats another
            error = 1e-3 * (at // 2 + 1)
            flux = 1.0 + (error if at % 2 else -error) * (1 + 1e-6 * math.sin(at))
        elif shape == "equal":
            flux = 1.0 + (at == 77)
            error = 0.1
        epochs.append(Epoch(flux, error, float(at), f"m{at:05}"))
    best = best_pair(epochs)
    assert best is not None
    flux, error = np.array([(e.flux_jy, e.error_jy) for e in epochs]).T
    most = max(
        float((np.abs(flux - flux[at]) / np.hypot(error, error[at])).max()) for at in range(count)
    )
    assert best.vs == pytest.approx(most, rel=1e-14)
    if shape == "equal":
        assert (best.brighter.key, best.fainter.key) == ("m00077", "m00000")


def test_vs_and_m_are_the_formulas_of_the_paper() -> None:
    pair = Pair.of(Epoch(1.0, 0.3, 2.0, "b"), Epoch(3.0, 0.4, 1.0, "a"))
    assert (pair.brighter.key, pair.fainter.key) == ("a", "b")
    assert pair.vs == pytest.approx((3.0 - 1.0) / math.sqrt(0.3**2 + 0.4**2))
    assert pair.m == 2 * (3.0 - 1.0) / (3.0 + 1.0)
    assert modulation(1.0, -1.0) is None


def test_of_equal_pairs_the_earliest_is_kept() -> None:
    epochs = [Epoch(float(at % 2), 1.0, float(at), f"m{at}") for at in range(6)]
    best = best_pair(epochs[::-1])
    assert best is not None
    assert (best.brighter.key, best.fainter.key) == ("m1", "m0")
    same = best_pair([Epoch(1.0, 0.1 * at, float(at), f"m{at}") for at in (3, 1, 2)])
    assert same is not None
    assert (same.vs, same.brighter.key, same.fainter.key) == (0.0, "m1", "m2")


def test_fewer_than_two_epochs_have_no_pair() -> None:
    assert best_pair([]) is None
    assert best_pair([Epoch(1.0, 0.1, 1.0, "a")]) is None
    assert best_pair_with([], Epoch(1.0, 0.1, 1.0, "a")) is None
