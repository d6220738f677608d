"""Why no calibrators can be looked for."""

from __future__ import annotations

from mustela.store.errors import InvalidValue


class RadiusNeeded(InvalidValue):
    """How wide the antennas see is not known: ask with ``radius`` or ``antenna_diameter``."""

    code = "radius_needed"
