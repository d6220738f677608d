"""Images, sources and measurements that tests make, and statistics computed plainly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mustela.radio.images.record import Image
from mustela.radio.sources.record import Measurement, Source

BEAM = 12.0


def image(id: str, mid_mjd: float | None = 59000.0, **fields: Any) -> Image:
    """A restored image that counts, at 888 MHz (band UHF)."""
    return Image(
        **{
            "id": id,
            "path": f"/images/{id}.fits",
            "kind": "restored",
            "ra_deg": 150.0,
            "dec_deg": -30.0,
            "radius_deg": 1.0,
            "frequency_hz": 888e6,
            "stokes": "I",
            "beam_major_arcsec": BEAM,
            "mid_mjd": mid_mjd,
            **fields,
        }
    )


def measurement(
    peak_jy: float | None = 0.010, peak_error_jy: float | None = 0.001, **fields: Any
) -> Measurement:
    """A detection at the centre of the images, with errors of an arcsecond."""
    return Measurement(
        **{
            "ra_deg": 150.0,
            "dec_deg": -30.0,
            "ra_error_arcsec": 1.0,
            "dec_error_arcsec": 1.0,
            "peak_jy": peak_jy,
            "peak_error_jy": peak_error_jy,
            "integrated_jy": None if peak_jy is None else peak_jy * 1.2,
            "integrated_error_jy": None if peak_error_jy is None else peak_error_jy * 1.5,
            **fields,
        }
    )


def source(id: str, **fields: Any) -> Source:
    return Source(**{"id": id, "ra_deg": 150.0, "dec_deg": -30.0, **fields})


def plain_statistics(fluxes: Sequence[float], errors: Sequence[float]) -> dict[str, float | None]:
    """V, η and the rest by their formulas, with numpy."""
    if not fluxes:
        return dict.fromkeys(
            ("mean_jy", "weighted_mean_jy", "minimum_jy", "maximum_jy", "v", "eta", "vs", "m")
        )
    s, w = np.asarray(fluxes), np.asarray(errors) ** -2.0
    n = len(s)
    found: dict[str, float | None] = {
        "mean_jy": float(s.mean()),
        "weighted_mean_jy": float((w * s).sum() / w.sum()),
        "minimum_jy": float(s.min()),
        "maximum_jy": float(s.max()),
        "v": None,
        "eta": None,
        "vs": None,
        "m": None,
    }
    if n > 1:
        # About a value near the mean, so that nothing is lost to cancellation.
        d = s - s.mean()
        found["v"] = float(s.std(ddof=1) / s.mean()) if s.mean() else None
        eta = n / (n - 1) * ((w * d * d).mean() - (w * d).mean() ** 2 / w.mean())
        found["eta"] = float(eta)
        pairs = [
            (abs(s[a] - s[b]) / math.hypot(errors[a], errors[b]), a, b)
            for a in range(n)
            for b in range(a)
        ]
        found["vs"] = float(max(pairs)[0])
    return found
