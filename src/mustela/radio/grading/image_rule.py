"""When an image is good."""

from __future__ import annotations

import msgspec

from mustela.radio.grading.astrometry import Astrometry
from mustela.radio.grading.limits import above, below, flagged
from mustela.radio.grading.reason import Graded, Reason, graded
from mustela.radio.rules.record import GradingRule

#: Images whose pixels are the sky with its noise, and those of them that show its sources.
NOISY = frozenset({"restored", "mosaic", "dirty", "residual"})
WITH_SOURCES = frozenset({"restored", "mosaic"})


class ImageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a grade of an image follows from. Jy/beam, arcseconds, fractions from 0 to 1."""

    kind: str | None = None
    flags: tuple[str, ...] = ()
    ra_deg: float | None = None
    noise_jy: float | None = None
    theoretical_noise_jy: float | None = None
    peak_jy: float | None = None
    dynamic_range: float | None = None
    blank_fraction: float | None = None
    beam_major_arcsec: float | None = None
    beam_minor_arcsec: float | None = None


def grade_image(
    facts: ImageFacts,
    rule: GradingRule,
    field_usual_noise_jy: float | None = None,
    astrometry: Astrometry | None = None,
) -> Graded:
    """The grade of an image.

    Noise is held against theory, where the image says what that is, else against the usual noise
    of its field. Noise and dynamic range of a psf, a model, a mask or a map of noise mean nothing
    and are left out. An image of unknown kind is taken for a restored one. Good: a place on the
    sky and its noise (of the other kinds: anything of its pixels) are known, and nothing is wrong.
    """
    reasons = flagged(facts.flags, rule)
    noisy = facts.kind is None or facts.kind in NOISY
    if noisy:
        reasons += _noise(facts, rule, field_usual_noise_jy)
    if facts.kind is None or facts.kind in WITH_SOURCES:
        reasons += below(
            "dynamic_range", facts.dynamic_range, rule.dynamic_range_warn, rule.dynamic_range_fail
        )
    reasons += _beam(facts, rule)
    reasons += above(
        "blank_fraction", facts.blank_fraction, rule.blank_fraction_warn, rule.blank_fraction_fail
    )
    reasons += _astrometry(astrometry, rule)
    return graded(reasons, _unmeasured(facts, noisy=noisy))


def _noise(facts: ImageFacts, rule: GradingRule, usual: float | None) -> list[Reason]:
    noise, theory = facts.noise_jy, facts.theoretical_noise_jy
    if noise is None:
        return []
    if noise <= 0:
        return [Reason("noise_zero", "warn")]
    expected, against = (theory, "theoretical") if theory else (usual, "usual of the field")
    if expected is None or expected <= 0:
        return []
    ratio = noise / expected
    return above("noise_ratio", ratio, rule.noise_ratio_warn, rule.noise_ratio_fail, against)


def _beam(facts: ImageFacts, rule: GradingRule) -> list[Reason]:
    major, minor = facts.beam_major_arcsec, facts.beam_minor_arcsec
    if major is None:
        return []
    if major <= 0 or (minor is not None and minor <= 0):
        return [] if "beam_zero" in facts.flags else [Reason("flag", "warn", note="beam_zero")]
    reasons = above("beam_major", major, rule.beam_major_warn_arcsec, rule.beam_major_fail_arcsec)
    if minor is not None:
        # Whichever of the two was called the major one.
        ratio = max(major, minor) / min(major, minor)
        reasons += above("beam_axis_ratio", ratio, rule.beam_axis_ratio_warn, None)
    return reasons


def _astrometry(found: Astrometry | None, rule: GradingRule) -> list[Reason]:
    if found is None or found.n_matched < max(rule.astrometry_least_sources, 1):
        return []
    return above(
        "astrometry",
        found.median_offset_beams,
        rule.astrometry_warn_beams,
        rule.astrometry_fail_beams,
        f"beams, {found.n_matched} sources",
    )


def _unmeasured(facts: ImageFacts, *, noisy: bool) -> list[str]:
    missing = [] if facts.ra_deg is not None else ["position"]
    if noisy and facts.noise_jy is None:
        missing.append("noise")
    if not noisy and facts.blank_fraction is None and facts.peak_jy is None:
        missing.append("pixels")
    return missing
