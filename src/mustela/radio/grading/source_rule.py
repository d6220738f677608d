"""When a source can be relied on."""

from __future__ import annotations

import math

import msgspec

from mustela.radio.grading.limits import above
from mustela.radio.grading.reason import Graded, Reason, graded
from mustela.radio.rules.record import GradingRule

#: From so many detections on their scatter says something.
LEAST_DETECTIONS = 3


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a grade of a source follows from.

    ``n_detections`` are those found or imported, ``n_in_failed_images`` those of them in images
    graded fail, ``n_flagged`` those that the source finder flagged. ``n_epochs`` is the largest
    number of epochs in one band and Stokes parameter, forced fits included. ``n_de_ruiter`` of the
    detections have a de Ruiter radius [no unit] to the source.
    """

    n_detections: int = 0
    n_in_failed_images: int = 0
    n_flagged: int = 0
    n_epochs: int = 0
    n_de_ruiter: int = 0
    sum_de_ruiter_squared: float = 0.0

    @property
    def rms_de_ruiter(self) -> float | None:
        """The root mean square of the detections' de Ruiter radii; ``None`` where none has one."""
        if not self.n_de_ruiter:
            return None
        return math.sqrt(self.sum_de_ruiter_squared / self.n_de_ruiter)


def grade_source(facts: SourceFacts, rule: GradingRule) -> Graded:
    """The grade of a source.

    It fails where every detection is in an image that fails. Warned of: a source none of whose
    measurements is an epoch; detections scattered by more than their errors (where errors are as
    they should be the root mean square of the de Ruiter radii is 1.41); fits that the finder
    flags; one detection where there are several epochs, which is a transient or no source at all.
    How many bands it was seen in is no fault.
    """
    if not facts.n_detections:
        return graded([], ["detections"])
    reasons: list[Reason] = []
    if facts.n_in_failed_images == facts.n_detections:
        reasons.append(Reason("images_failed", "fail"))
    elif not facts.n_epochs:
        reasons.append(Reason("no_epochs", "warn"))
    if facts.n_detections >= LEAST_DETECTIONS:
        reasons += above("position_scatter", facts.rms_de_ruiter, rule.source_de_ruiter_warn, None)
    reasons += above(
        "flagged_fits",
        facts.n_flagged / facts.n_detections,
        rule.source_flagged_fraction_warn,
        None,
    )
    if facts.n_detections == 1 and facts.n_epochs >= LEAST_DETECTIONS:
        reasons.append(Reason("single_detection", "warn", 1.0, 2.0))
    return graded(reasons, [])
