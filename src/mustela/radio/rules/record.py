"""What the rules say. Every field has a default; what is not said stays as it is there."""

from __future__ import annotations

import msgspec


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named range of frequencies, the lower end included, in Hz."""

    name: str
    minimum_hz: float
    maximum_hz: float


def _band(name: str, low: float, high: float) -> Band:
    return Band(name, low, high)


#: The letters of the IEEE (Std 521), with the longer waves below L as HF, VHF and P (230-470 MHz,
#: UHF beyond), as observatories use them.
BANDS = (
    _band("HF", 3e6, 30e6),
    _band("VHF", 30e6, 230e6),
    _band("P", 230e6, 470e6),
    _band("UHF", 470e6, 1e9),
    _band("L", 1e9, 2e9),
    _band("S", 2e9, 4e9),
    _band("C", 4e9, 8e9),
    _band("X", 8e9, 12e9),
    _band("Ku", 12e9, 18e9),
    _band("K", 18e9, 27e9),
    _band("Ka", 27e9, 40e9),
    _band("Q", 40e9, 50e9),
    _band("mm", 50e9, 3e12),
)


class EpochRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which images' measurements are epochs.

    The image is of one of ``kinds``, graded none of ``grades_left_out``; the current version where
    ``only_current``; and, where ``once``, not in a mosaic that counts itself.
    """

    kinds: tuple[str, ...] = ("restored", "mosaic")
    grades_left_out: tuple[str, ...] = ("fail",)
    only_current: bool = True
    once: bool = True


class GradingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits beyond which a product is graded warn, or fail. ``None`` asks nothing.

    Ratios have no unit: the noise against the theoretical one, or else against the field's usual
    (the median of its images in the band). Fractions are 0 to 1, beams arcseconds.
    """

    noise_ratio_warn: float | None = 2.0
    noise_ratio_fail: float | None = 5.0
    dynamic_range_warn: float | None = 10.0
    dynamic_range_fail: float | None = 3.0
    blank_fraction_warn: float | None = 0.5
    blank_fraction_fail: float | None = 0.99
    flagged_fraction_warn: float | None = 0.5
    flagged_fraction_fail: float | None = 0.95
    beam_major_warn_arcsec: float | None = None
    beam_major_fail_arcsec: float | None = None
    beam_axis_ratio_warn: float | None = 4.0
    #: The median offset from the astrometric reference, in beams.
    astrometry_warn_beams: float | None = 0.2
    astrometry_fail_beams: float | None = 0.5
    #: So many reference sources must be matched before anything is said.
    astrometry_least_sources: int = 5
    #: So many other images of the field must be there before their noise is usual.
    usual_noise_least_images: int = 5
    #: Of a source: the rms de Ruiter radius of its detections, and the part that is flagged.
    source_de_ruiter_warn: float | None = 3.0
    source_flagged_fraction_warn: float | None = 0.5
    #: Flags of the header that make an image fail; the other ones warn.
    flags_fail: tuple[str, ...] = ("truncated", "all_blank", "wcs_unsolvable")
    #: Flags that are no fault: they say how a file was read.
    flags_ignored: tuple[str, ...] = ("rows_sampled", "frequency_from_rest")


class MatchingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a calibration table holds for a Measurement Set: their times share a moment.

    The table's first and last solution are taken to hold for so many seconds more.
    """

    validity_tolerance_seconds: float = 0.0


class RadioRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of the whole collection."""

    bands: tuple[Band, ...] = BANDS
    epochs: EpochRule = EpochRule()
    grading: GradingRule = GradingRule()
    matching: MatchingRule = MatchingRule()

    def band_of(self, frequency_hz: float | None) -> str:
        """The band's name; ``unknown`` without a frequency, ``other`` outside of all bands."""
        if frequency_hz is None:
            return "unknown"
        for band in self.bands:
            if band.minimum_hz <= frequency_hz < band.maximum_hz:
                return band.name
        return "other"


class RootRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done with new restored images below a root, after the scan has read them.

    ``catalogues``: take the catalogue that lies beside an image; ``find``: else search it for
    sources, from ``seed_sigma`` down to ``flood_sigma`` times the local noise. ``associate``: make
    sources of what was found. ``force``: measure known sources that were not detected.
    """

    catalogues: bool = False
    find: bool = False
    associate: bool = False
    force: bool = False
    seed_sigma: float = 5.0
    flood_sigma: float = 4.0
