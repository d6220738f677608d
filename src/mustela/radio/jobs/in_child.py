"""What the stages have done in child processes: reading catalogues, finding, forced fits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mustela.files.failure import Unreadable
from mustela.radio.finding.beside import catalogue_beside
from mustela.radio.finding.catalogue import read_catalogue
from mustela.radio.finding.detection import Forced, Position
from mustela.radio.finding.errors import FindingError, NoBeam, UnusableImage
from mustela.radio.finding.find import find_in
from mustela.radio.finding.footprint import inside_image
from mustela.radio.finding.forced import force_in
from mustela.radio.finding.maps import Maps, make_maps, maps_beside, read_maps
from mustela.radio.finding.plane import Beam, Plane, open_plane
from mustela.radio.jobs.searched import Searched

_SHOWN_PROBLEMS = 5


def search(
    path: bytes,
    hdu: int | None,
    beam: Sequence[float] | None,
    catalogues: bool,
    find: bool,
    seed_sigma: float,
    flood_sigma: float,
) -> Searched | None:
    """The sources in an image: from the catalogue beside it, or else found in it.

    ``beam`` (arcsec, arcsec, degrees) is taken where the image says none. ``None`` where there is
    no catalogue and nothing is to be searched. ``Unreadable`` at ``catalogue`` or ``find``.
    """
    beside = catalogue_beside(path) if catalogues else None
    try:
        if beside is not None:
            return _imported(path, hdu, beam, beside)
        if not find:
            return None
        plane = _plane(path, hdu, beam)
        found = find_in(plane, _maps(path, plane), seed_sigma=seed_sigma, flood_sigma=flood_sigma)
    except (FindingError, OSError) as error:
        stage = "find" if beside is None else "catalogue"
        raise Unreadable(stage, str(error) or type(error).__name__) from error
    return Searched("find", found, plane=plane.said)


def force(
    path: bytes,
    hdu: int | None,
    beam: Sequence[float] | None,
    places: Sequence[Any],
    neighbours: Sequence[Any],
) -> tuple[Forced, ...]:
    """Forced fits at places, each an id, a right ascension and a declination (degrees, ICRS)."""
    try:
        plane = _plane(path, hdu, beam)
        wanted, beside = ([Position(*one) for one in some] for some in (places, neighbours))
        return force_in(plane, _maps(path, plane), wanted, neighbours=beside)
    except (FindingError, OSError) as error:
        raise Unreadable("force", str(error) or type(error).__name__) from error


def _imported(path: bytes, hdu: int | None, beam: Sequence[float] | None, beside: str) -> Searched:
    catalogue = read_catalogue(beside)
    detections = catalogue.detections
    try:
        inside = inside_image(_plane(path, hdu, beam), detections)
    except UnusableImage:  # the catalogue may be sound all the same
        inside = (True,) * len(detections)
    kept = tuple(one for one, is_in in zip(detections, inside, strict=True) if is_in)
    problems = [
        problem.reason if problem.row is None else f"row {problem.row}: {problem.reason}"
        for problem in catalogue.problems[:_SHOWN_PROBLEMS]
    ]
    if len(kept) < len(detections):
        problems.append(f"{len(detections) - len(kept)} rows lie outside of the image")
    return Searched("catalogue", kept, os.path.basename(beside), tuple(problems))  # noqa: PTH119


def _plane(path: bytes, hdu: int | None, beam: Sequence[float] | None) -> Plane:
    try:
        return open_plane(path, hdu=hdu)
    except NoBeam:
        if beam is None:
            raise
        return open_plane(path, hdu=hdu, beam=Beam(*beam))


def _maps(path: bytes, plane: Plane) -> Maps:
    beside = maps_beside(path)
    return make_maps(plane) if beside is None else read_maps(*beside, plane)
