"""The quality of one product or source: its grade, why it has it, and what that follows from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mustela.radio.cal.record import CalibrationTable
from mustela.radio.grading.reason import Reason, parse_reason
from mustela.radio.images.record import Image
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.sources.record import Source

#: What grades follow from, of each kind of record.
_FIGURES: Final[dict[type[Any], Sequence[str]]] = {
    Image: (
        "noise_jy",
        "theoretical_noise_jy",
        "peak_jy",
        "dynamic_range",
        "blank_fraction",
        "beam_major_arcsec",
        "beam_minor_arcsec",
        "n_sources",
    ),
    MeasurementSet: ("flagged_fraction", "n_antennas", "n_rows", "integration_seconds"),
    CalibrationTable: ("flagged_fraction", "n_antennas", "n_solutions"),
    Source: ("n_detections", "n_measurements", "n_epochs", "n_forced", "peak_v", "peak_eta"),
}


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """``grade`` is the one that holds: ``grade_given`` by a person, or else ``grade_computed``.

    ``reasons`` are those of the computed one. ``flags`` are what is wrong with the header or the
    data. ``figures`` are fields of the record, with its units; null where one is not known.
    ``counts`` (images): its measurements are epochs; else ``why_not`` says why.
    """

    id: str
    grade: str | None
    grade_given: str | None
    grade_computed: str | None
    graded_at: datetime | None
    reasons: list[Reason]
    flags: list[str]
    figures: dict[str, float | int | None]
    counts: bool | None = None
    why_not: str | None = None


def quality_of(item: Image | MeasurementSet | CalibrationTable | Source) -> Quality:
    """The quality of a record."""
    return Quality(
        id=item.id,
        grade=item.grade,
        grade_given=item.grade_given,
        grade_computed=item.grade_computed,
        graded_at=item.graded_at,
        reasons=[parse_reason(text) for text in item.grade_reasons],
        flags=[] if isinstance(item, Source) else list(item.flags),
        figures={name: getattr(item, name) for name in _FIGURES[type(item)]},
        counts=item.counts if isinstance(item, Image) else None,
        why_not=item.why_not if isinstance(item, Image) else None,
    )
