"""Whether an image's measurements are epochs of their sources, by the operator's rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from mustela.radio.rules.record import EpochRule

#: Why an image does not count. The words are stable.
WhyNot: TypeAlias = Literal["kind", "retired", "superseded", "grade", "in_mosaic"]


class ImageFacts(NamedTuple):
    """What the rule looks at. ``grade`` is a person's, or else the computed one."""

    kind: str | None
    grade: str | None
    is_retired: bool
    is_current: bool


class Version(NamedTuple):
    """One version of a product; ``seq`` is the image's key, and says which record is newer."""

    seq: int
    version: int | None
    is_retired: bool


def decide(
    image: ImageFacts, rule: EpochRule, in_counting_mosaic: bool
) -> tuple[bool, WhyNot | None]:
    """Whether the image counts, and if not the first reason of: its kind, retired, superseded by a
    later version, its grade, its data already counted through a mosaic."""
    reason: WhyNot | None = None
    if image.kind not in rule.kinds:
        reason = "kind"
    elif image.is_retired:
        reason = "retired"
    elif rule.only_current and not image.is_current:
        reason = "superseded"
    elif image.grade in rule.grades_left_out:
        reason = "grade"
    elif rule.once and in_counting_mosaic:
        reason = "in_mosaic"
    return reason is None, reason


def current_of(versions: Iterable[Version]) -> int | None:
    """The key of a product's current version: of those not retired the highest, of equal ones the
    newest record; one without a number is the lowest. ``None`` where all are retired."""
    alive = [version for version in versions if not version.is_retired]
    best = max(alive, key=_rank, default=None)
    return None if best is None else best.seq


def _rank(version: Version) -> tuple[bool, int, int]:
    return version.version is not None, version.version or 0, version.seq
