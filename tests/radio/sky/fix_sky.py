"""Positions where mistakes hide: anywhere, at the poles, about RA 0, on the edges of base cells."""

from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st

some = settings(max_examples=60, deadline=None, derandomize=True)
many = settings(max_examples=200, deadline=None, derandomize=True)

tiny = st.sampled_from([0.0, 1e-13, 1e-9, 1e-6, 1 / 3600, 0.01, 1.0])
anywhere = st.tuples(
    st.floats(0.0, 360.0, exclude_max=True),
    st.floats(-1.0, 1.0).map(lambda z: math.degrees(math.asin(z))),
)
at_a_pole = st.tuples(
    st.floats(0.0, 360.0, exclude_max=True),
    st.tuples(tiny, st.sampled_from([1.0, -1.0])).map(lambda at: at[1] * (90.0 - at[0])),
)
about_ra_0 = st.tuples(
    st.tuples(tiny, st.booleans()).map(lambda at: (360.0 - at[0]) % 360.0 if at[1] else at[0]),
    st.floats(-90.0, 90.0),
)
on_an_edge = st.tuples(
    st.integers(0, 7).map(lambda eighth: 45.0 * eighth),
    st.sampled_from([0.0, 1.0, -1.0]).map(lambda s: math.degrees(math.asin(s * 2 / 3))),
)
positions = st.one_of(anywhere, at_a_pole, about_ra_0, on_an_edge)

radii = st.one_of(
    st.sampled_from([0.0, 1 / 3600, 1 / 60, 1.0, 30.0, 89.99, 90.0, 90.01, 179.9, 180.0]),
    st.floats(0.0, 180.0),
    st.floats(-5.0, 0.0).map(lambda power: 10.0**power),
)
