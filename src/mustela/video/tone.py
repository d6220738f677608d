"""Pictures of high dynamic range, roughly, for a screen of ordinary range."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageEnhance

#: The luminance of white paper in HDR video, in cd/m² (ITU-R BT.2408).
_PAPER_WHITE = 203.0
#: What is as bright as this, in cd/m², or brighter becomes white.
_BRIGHTEST = 1000.0


def tone_mapped(image: Image.Image) -> Image.Image:
    """A picture whose values are PQ-coded (SMPTE ST 2084), for an ordinary screen.

    One look-up for each channel, for small pictures: exact colour conversion (libswscale has it)
    takes over a second to set up for each file. BT.2020's colours, taken for BT.709's, are pale,
    so they are made a little stronger.
    """
    mapped = image.point(_curve() * 3)
    return ImageEnhance.Color(mapped).enhance(1.4)


@cache
def _curve() -> list[int]:
    return [round(255 * _shown(_luminance(value / 255))) for value in range(256)]


def _luminance(value: float) -> float:
    """SMPTE ST 2084's electro-optical transfer function: cd/m² for a value of 0 to 1."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = value ** (1 / m2)
    linear: float = (max(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return 10000 * linear


def _shown(luminance: float) -> float:
    """Reinhard's curve with a white point, then the gamma of a screen."""
    light = luminance / _PAPER_WHITE
    white = _BRIGHTEST / _PAPER_WHITE
    compressed: float = light * (1 + light / white**2) / (1 + light)
    shown: float = min(1.0, compressed * 1.4) ** (1 / 2.2)
    return shown
