"""Polarization products by the numbers that FITS and UVH5 give them (AIPS memo 117)."""

from __future__ import annotations

POLARIZATIONS = {
    **dict(enumerate(("I", "Q", "U", "V"), 1)),
    **dict(zip(range(-1, -9, -1), ("RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX"), strict=True)),
}
