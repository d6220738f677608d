"""What the stages are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from mustela.radio.jobs.errors import StageRefused

Stage: TypeAlias = Literal["find", "associate", "force", "grade"]

FIND = "radio.find"
ASSOCIATE = "radio.associate"
FORCE = "radio.force"
GRADE = "radio.grade"
MATCH = "radio.match"
RECOUNT = "radio.recount"

#: An image that takes longer is given up (seconds).
IMAGE_SECONDS = 1800.0


class Selected(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Which images a stage takes: all there are, below a root, at or below a path there, by ids.

    ``below`` is path text below the root. ``again``: also those that the stage has done. ``then``
    are the stages that follow, for the same images; of those that grade, ``since`` says that only
    what has changed since is graded (microseconds since 1970, UTC).
    """

    root_id: str | None = None
    below: str = ""
    ids: tuple[str, ...] | None = None
    again: bool = False
    then: tuple[Stage, ...] = ()
    since: int | None = None


class FindParameters(Selected, frozen=True, omit_defaults=True, kw_only=True):
    """``catalogues``: take the catalogue beside an image; ``find``: else search the image, from
    ``seed_sigma`` down to ``flood_sigma`` times the local noise."""

    catalogues: bool = True
    find: bool = True
    seed_sigma: float = 5.0
    flood_sigma: float = 4.0
    image_seconds: float = IMAGE_SECONDS


class AssociateParameters(Selected, frozen=True, omit_defaults=True, kw_only=True):
    """See :class:`~mustela.radio.sources.associating.AssociationOptions`."""

    method: Literal["de_ruiter", "nearest"] = "de_ruiter"
    limit: float = 5.68
    max_radius_arcsec: float | None = None
    systematic_arcsec: float = 0.0


class ForceParameters(Selected, frozen=True, omit_defaults=True, kw_only=True):
    """``image_seconds``: an image that takes longer is given up."""

    image_seconds: float = IMAGE_SECONDS


class GradeParameters(Selected, frozen=True, omit_defaults=True, kw_only=True):
    """All there is where neither ``ids`` nor ``since`` are said."""


P = TypeVar("P", bound=Selected)


def parameters(kind: type[P], given: Mapping[str, Any]) -> P:
    """The parameters of a job; ``StageRefused`` where they are wrong."""
    unknown = given.keys() - set(kind.__struct_fields__)
    if unknown:
        raise StageRefused(f"there is no parameter {', '.join(sorted(unknown))} of this job")
    try:
        found = msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise StageRefused(f"the parameters of the job are wrong: {error}") from error
    if found.below and found.root_id is None:
        raise StageRefused("say the root that the path lies below, as root_id")
    if isinstance(found, FindParameters) and not 0 < found.flood_sigma <= found.seed_sigma:
        raise StageRefused("flood_sigma must lie above 0 and not above seed_sigma")
    return found
