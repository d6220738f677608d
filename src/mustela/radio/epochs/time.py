"""When an image was observed, as its measurements have it."""

from __future__ import annotations


def observed_mjd(
    mid_mjd: float | None, start_mjd: float | None, end_mjd: float | None
) -> float | None:
    """The middle of the observation (MJD, UTC); else its start, or its end, whichever is said.

    Many a header says ``DATE-OBS`` alone. Half an observation beside the middle is a time to plot
    a light curve by; none at all would leave the image out of every light curve.
    """
    return next((time for time in (mid_mjd, start_mjd, end_mjd) if time is not None), None)
