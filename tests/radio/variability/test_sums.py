"""V and η from running sums, against the plain definitions in exact arithmetic and in numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mustela.radio.variability.epochs import Epoch, usable
from mustela.radio.variability.sums import FluxSums, NotAnEpoch

many = settings(max_examples=150, deadline=None, derandomize=True)

fluxes = st.one_of(
    st.floats(1e-6, 1e3),
    st.floats(-6, 3).map(lambda power: 10.0**power),
    st.floats(-1e-3, 1e-3),
    st.floats(0, 1).map(lambda part: 1.0 + part * 1e-9),  # nearly equal
    st.just(2.5),
)
errors = st.floats(-6, 0).map(lambda power: 10.0**power)


@st.composite
def light_curves(draw: st.DrawFn, at_least: int = 1) -> list[Epoch]:
    measured = draw(st.lists(st.tuples(fluxes, errors), min_size=at_least, max_size=15))
    times = draw(st.permutations(range(len(measured))))
    return [
        Epoch(flux, error, 60000.0 + at, f"m{at}")
        for (flux, error), at in zip(measured, times, strict=True)
    ]


def arrived(epochs: Sequence[Epoch]) -> FluxSums:
    sums = FluxSums()
    for at, epoch in enumerate(epochs):
        sums = sums.added(epoch, epochs[:at])
    return sums


def exact_v(epochs: Sequence[Epoch]) -> float | None:
    values = [Fraction(epoch.flux_jy) for epoch in epochs]
    mean = sum(values, Fraction()) / len(values)
    if len(values) < 2 or mean == 0:
        return None
    variance = sum(((value - mean) * (value - mean) for value in values), Fraction())
    return math.sqrt(variance / (len(values) - 1)) / float(mean)


def exact_eta(epochs: Sequence[Epoch]) -> float | None:
    """N/(N-1) ( mean(w I²) - mean(w I)² / mean(w) ), nothing rounded."""
    n = len(epochs)
    if n < 2:
        return None
    weights = [Fraction(epoch.error_jy**-2) for epoch in epochs]
    values = [Fraction(epoch.flux_jy) for epoch in epochs]
    squares = sum(w * i * i for w, i in zip(weights, values, strict=True)) / n
    product = sum(w * i for w, i in zip(weights, values, strict=True)) / n
    mean_weight = sum(weights, Fraction()) / n
    return float(Fraction(n, n - 1) * (squares - product * product / mean_weight))


@many
@given(light_curves(at_least=2))
def test_v_and_eta_are_those_of_exact_arithmetic_in_any_order_of_arrival(
    epochs: list[Epoch],
) -> None:
    by_flux = sorted(epochs, key=lambda epoch: epoch.flux_jy)
    for order in (epochs, epochs[::-1], by_flux, by_flux[::-1]):
        for sums in (arrived(order), FluxSums.from_scratch(order)):
            assert sums.n == len(epochs)
            # A mean beside 0 of values far from it has few digits in any arithmetic of doubles.
            scale = max(abs(epoch.flux_jy) for epoch in epochs)
            if sums.mean_jy is not None and abs(sums.mean_jy) > 1e-5 * scale:
                assert sums.v == pytest.approx(exact_v(epochs), rel=1e-9, abs=1e-300)
            assert sums.eta == pytest.approx(exact_eta(epochs), rel=1e-9, abs=1e-300)


@many
@given(st.lists(st.tuples(st.floats(0.5, 2.0), st.floats(0.01, 0.1)), min_size=2, max_size=30))
def test_v_and_eta_are_the_formulas_of_the_paper_in_plain_numpy(
    measured: list[tuple[float, float]],
) -> None:
    sums = arrived([Epoch(s, e, float(at), str(at)) for at, (s, e) in enumerate(measured)])
    flux, error = np.array(measured).T
    w, n = error**-2, len(flux)
    assert sums.mean_jy == pytest.approx(flux.mean(), rel=1e-12)
    assert sums.weighted_mean_jy == pytest.approx(np.average(flux, weights=w), rel=1e-12)
    assert sums.weighted_mean_error_jy == pytest.approx(w.sum() ** -0.5)
    assert sums.standard_deviation_jy == pytest.approx(flux.std(ddof=1), rel=1e-9, abs=1e-12)
    assert sums.v == pytest.approx(flux.std(ddof=1) / flux.mean(), rel=1e-9, abs=1e-12)
    eta = n / (n - 1) * ((w * flux**2).mean() - (w * flux).mean() ** 2 / w.mean())
    rounding = 1e-14 * float((w * flux**2).sum())  # the formula takes two large numbers apart
    assert sums.eta == pytest.approx(eta, rel=1e-9, abs=rounding)


@many
@given(light_curves())
def test_extremes_and_means_do_not_depend_on_the_order_of_arrival(epochs: list[Epoch]) -> None:
    sums, back = arrived(epochs), arrived(epochs[::-1])
    lowest = min(epochs, key=lambda epoch: (epoch.flux_jy, epoch.mjd))
    highest = max(epochs, key=lambda epoch: (epoch.flux_jy, -epoch.mjd))
    for one in (sums, back, FluxSums.from_scratch(epochs)):
        assert (one.minimum_jy, one.minimum_mjd, one.minimum_key) == (
            lowest.flux_jy,
            lowest.mjd,
            lowest.key,
        )
        assert (one.maximum_jy, one.maximum_mjd, one.maximum_key) == (
            highest.flux_jy,
            highest.mjd,
            highest.key,
        )
        assert one.smallest_error_jy == min(epoch.error_jy for epoch in epochs)
        scale = max(abs(epoch.flux_jy) for epoch in epochs)
        assert one.mean_jy == pytest.approx(sums.mean_jy, rel=1e-12, abs=1e-15 * scale)
        assert one.weight == pytest.approx(sums.weight, rel=1e-12)


@many
@given(light_curves())
def test_the_best_pair_is_the_same_in_any_order_of_arrival(epochs: list[Epoch]) -> None:
    sums = arrived(epochs)
    for other in (arrived(epochs[::-1]), FluxSums.from_scratch(epochs)):
        assert other.pair_vs == sums.pair_vs
        if sums.pair_vs:
            assert other.pair_m == pytest.approx(sums.pair_m)


def test_where_a_look_at_the_light_curve_is_spared_it_would_have_found_nothing() -> None:
    epochs = [Epoch(1.0, 0.1, 1.0, "a"), Epoch(2.0, 0.1, 2.0, "b"), Epoch(1.4, 0.1, 3.0, "c")]
    sums = arrived(epochs)
    between, beyond = Epoch(1.5, 0.1, 4.0, "d"), Epoch(2.5, 0.1, 4.0, "d")
    assert not sums.may_make_a_pair(between)
    assert sums.added(between, []) == arrived([*epochs, between])
    assert sums.may_make_a_pair(beyond)
    assert sums.added(beyond, epochs).brighter_key == "d"


def test_one_epoch_has_means_and_no_variability() -> None:
    sums = arrived([Epoch(1.5, 0.1, 60000.0, "a")])
    assert (sums.n, sums.mean_jy, sums.weighted_mean_jy) == (1, 1.5, 1.5)
    assert (sums.v, sums.eta, sums.standard_deviation_jy, sums.pair) == (None, None, None, None)
    empty = FluxSums()
    assert (empty.mean_jy, empty.v, empty.eta, empty.weighted_mean_error_jy) == (None,) * 4
    assert FluxSums.from_scratch([]) == empty


def test_a_mean_of_zero_has_no_v() -> None:
    sums = arrived([Epoch(1.0, 0.1, 1.0, "a"), Epoch(-1.0, 0.1, 2.0, "b")])
    assert sums.v is None
    assert sums.eta == pytest.approx(200.0)
    assert sums.pair_vs == pytest.approx(2 / math.hypot(0.1, 0.1))
    assert sums.pair_m is None


@pytest.mark.parametrize(
    ("flux", "error", "reason"),
    [
        (1.0, 0.1, None),
        (-1.0, 0.1, None),
        (None, 0.1, "no_flux"),
        (1.0, None, "no_error"),
        (math.nan, 0.1, "flux_not_finite"),
        (1.0, math.inf, "error_not_finite"),
        (1.0, 0.0, "error_not_positive"),
        (1.0, -0.1, "error_not_positive"),
    ],
)
def test_a_measurement_without_numbers_to_weigh_does_not_count(
    flux: float | None, error: float | None, reason: str | None
) -> None:
    assert usable(flux, error) == reason
    if reason and flux is not None and error is not None:
        with pytest.raises(NotAnEpoch, match=reason):
            FluxSums().added(Epoch(flux, error, 1.0, "a"), [])


def test_sums_are_plain_columns_that_come_back_as_they_were() -> None:
    sums = arrived([Epoch(1.0, 0.1, 1.0, "a"), Epoch(1.5, 0.2, 2.0, "b")])
    columns = msgspec.structs.asdict(sums)
    assert all(isinstance(value, int | float | str) for value in columns.values())
    assert FluxSums(**columns) == sums
    assert FluxSums(**columns).pair == sums.pair
