"""Which plane of a cube is searched: one, and which is said."""

from __future__ import annotations

from typing import Any, NamedTuple

from mustela.radio.imaging.axes import Axes, axes_of, stokes_of


class ChosenPlane(NamedTuple):
    """``at`` is along the axes that are not on the sky, slowest first. ``said`` names the plane
    for people, ``None`` where there is no other. ``of_channels``: the image has several."""

    at: tuple[int, ...]
    said: str | None
    of_channels: bool


def chosen_plane(header: Any, shape: tuple[int, ...]) -> ChosenPlane:
    """Stokes I where one of the planes is, else the first; of several channels the first."""
    axes = axes_of(header, shape)
    if axes is None:
        return ChosenPlane((), None, of_channels=False)
    stokes = stokes_of(header, axes) or []
    plane = stokes.index("I") if "I" in stokes else 0
    channels = axes.length(axes.spectral) or 1
    index = [0] * len(shape)
    if axes.length(axes.stokes):
        index[-axes.stokes] = plane
    others = [
        number
        for axis, number in enumerate(index)
        if axis - len(shape) not in (-axes.longitude, -axes.latitude)
    ]
    said = _said(axes, stokes[plane] if stokes else None, channels)
    return ChosenPlane(tuple(others), said, channels > 1)


def _said(axes: Axes, stokes: str | None, channels: int) -> str | None:
    if axes.n_planes == 1:
        return None
    words = [] if stokes is None else [f"Stokes {stokes}"]
    if channels > 1:
        words.append(f"channel 1 of {channels}")
    return ", ".join(words) or f"the first of {axes.n_planes} planes"
