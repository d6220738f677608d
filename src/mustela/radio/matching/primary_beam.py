"""How wide an antenna sees."""

from __future__ import annotations

import math

from mustela.store.errors import InvalidValue

#: Metres a second.
_LIGHT = 299_792_458.0
#: Full width at half maximum in wavelengths by diameter, for the usual taper of the illumination.
_WIDTH = 1.13


def primary_beam_radius(frequency_hz: float, antenna_diameter_m: float) -> float:
    """Half of the primary beam's full width at half maximum, in degrees: 1.13 λ / D / 2.

    At most 90: a dipole sees half of the sky.
    """
    for name, value in (("frequency", frequency_hz), ("antenna's diameter", antenna_diameter_m)):
        if not (math.isfinite(value) and value > 0):
            raise InvalidValue(f"the {name} must be a number above 0, not {value}")
    width = math.degrees(_WIDTH * _LIGHT / frequency_hz / antenna_diameter_m)
    return min(width / 2, 90.0)
