"""The bits in Aegean's ``flags``, as words of ``FLAGS``."""

from __future__ import annotations

WORDS = (
    (1, "fit_errors_small"),
    (2, "fit_failed"),
    (4, "shape_is_beam"),
    (8, "shape_circular"),
    (16, "not_fitted"),
    (32, "position_unreliable"),
    (64, "priorised"),
)


def words_of(bits: int) -> tuple[str, ...]:
    """The words for Aegean's bits."""
    return tuple(word for bit, word in WORDS if bits & bit)
