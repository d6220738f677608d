"""The pairs of an image's detections and the sources around them: pure, and outside of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Method = Literal["de_ruiter", "nearest"]


class Detected(NamedTuple):
    """A detection by its key; degrees, ICRS, errors in arcseconds on the sky. ``deleted``: the key
    of the source that it was of and that a person deleted."""

    measurement: int
    ra_deg: float
    dec_deg: float
    ra_error_arcsec: float | None
    dec_error_arcsec: float | None
    deleted: int | None = None


class Known(NamedTuple):
    """A source by its key. ``taken``: it has a measurement of the kind in the image already.

    One that a person deleted has a key below 0.
    """

    seq: int
    id: str
    ra_deg: float
    dec_deg: float
    ra_error_arcsec: float | None
    dec_error_arcsec: float | None
    made_by: str
    n_measurements: int
    taken: bool


class Pairing(NamedTuple):
    """How pairs are found: see ``mustela.radio.sky.association``."""

    method: Method
    limit: float
    max_radius_arcsec: float
    systematic_arcsec: float


class Link(NamedTuple):
    """A detection and its source, ``None`` for a new one at the detection's place. A key below 0 is
    a deleted source's."""

    measurement: int
    source: int | None
    de_ruiter: float | None
    separation_arcsec: float
    ra_deg: float
    dec_deg: float


class Paired(NamedTuple):
    """``left_out`` are paired with deleted sources. ``left``: sources made by associations that no
    measurement is left of."""

    links: list[Link]
    matched: int
    new: int
    left_out: int
    left: list[int]


def pair(detections: Sequence[Detected], known: Sequence[Known], how: Pairing) -> Paired:
    """A link for each detection, in their order.

    A source's unknown error is taken for none. Detections without errors are paired by distance
    alone, with what is left when the others have theirs. What would be a new source is left out
    where it is paired with a deleted one; what was of a deleted one stays so, without a link.
    """
    free = sorted((one for one in known if not one.taken), key=lambda one: one.id)
    there = [one for one in free if one.seq > 0]
    links = _paired(detections, there, how)
    new = [one for one in detections if links[one.measurement].source is None]
    stay = {one.measurement for one in new if one.deleted is not None}
    links |= _paired(
        [one for one in new if one.measurement not in stay],
        [one for one in free if one.seq < 0],
        how,
    )
    chosen = [links[one.measurement] for one in detections if one.measurement not in stay]
    found = {link.source for link in chosen if link.source is not None and link.source > 0}
    gone = sum(link.source is not None and link.source < 0 for link in chosen)
    left = [
        one.seq
        for one in there
        if one.seq not in found and one.made_by == "association" and one.n_measurements == 0
    ]
    return Paired(chosen, len(found), len(chosen) - len(found) - gone, gone + len(stay), left)


def _paired(
    detections: Sequence[Detected], known: Sequence[Known], how: Pairing
) -> dict[int, Link]:
    weighed = detections
    if how.method == "de_ruiter":
        weighed = [one for one in detections if _has_errors(one, how.systematic_arcsec)]
    links = _links(weighed, known, how)
    if len(weighed) < len(detections):
        gone = {link.source for link in links.values()}
        rest = [one for one in detections if one.measurement not in links]
        still = [one for one in known if one.seq not in gone]
        links |= _links(rest, still, how._replace(method="nearest"))
    return links


def _links(detections: Sequence[Detected], known: Sequence[Known], how: Pairing) -> dict[int, Link]:
    # numpy and scipy are of the extra `radio`, and repositories are used without.
    from mustela.radio.sky.association import Positions, associate  # noqa: PLC0415

    if not detections:
        return {}
    pairs = associate(
        Positions.of(*zip(*(_position(one) for one in detections), strict=True)),
        Positions.of(
            *(zip(*(_position(one) for one in known), strict=True) if known else [()] * 4)
        ),
        [one.id for one in known],
        method=how.method,
        limit=how.limit,
        max_radius_arcsec=how.max_radius_arcsec,
        systematic_arcsec=how.systematic_arcsec,
    )
    return {
        one.measurement: Link(
            one.measurement,
            None if found.source is None else known[found.source].seq,
            found.de_ruiter,
            found.separation_arcsec or 0.0,
            one.ra_deg,
            one.dec_deg,
        )
        for one, found in zip(detections, pairs, strict=True)
    }


def _has_errors(one: Detected, systematic_arcsec: float) -> bool:
    return systematic_arcsec > 0 or bool(one.ra_error_arcsec and one.dec_error_arcsec)


def _position(one: Detected | Known) -> tuple[float, float, float, float]:
    return one.ra_deg, one.dec_deg, one.ra_error_arcsec or 0.0, one.dec_error_arcsec or 0.0
