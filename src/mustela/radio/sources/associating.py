"""Association of an image's detections with the catalog's sources, in units that others can write
between.

Sources within its reach that wait for their sums have them first, whatever waits elsewhere.

1. A read unit takes the detections that have no source yet, and the sources around them: a circle
   about the detections becomes ranges of cells, so the cost does not grow with the catalog.
2. Outside of any unit the pairs are found, by :mod:`mustela.radio.sky.association`.
3. Write units of at most 500 set the pairs down and make the new sources.

Two associations at once: each write unit first asks whether the circle still holds the sources that
the pairs were found for, and those it made itself. If somebody made or deleted one since, nothing
is written; what was is taken away again, and all begins anew. So overlapping images may be
associated side by side and no source is made twice; run as jobs one at a time they never have to
begin anew.
"""

from __future__ import annotations

import msgspec

from mustela.errors import MustelaError
from mustela.radio.sources.linking import PART, Around, AssociationOptions, State
from mustela.radio.sources.pairing import Paired, Pairing, pair
from mustela.radio.sources.procedure import Procedure, call, compute
from mustela.radio.sources.refresh import refreshed

#: How often all begins anew because others made sources in between.
ATTEMPTS = 20


class AssociationBusy(MustelaError):
    """Other associations went on making sources in the same place; run it again, one at a time."""

    code = "association_busy"


class Associated(msgspec.Struct, frozen=True):
    """How many detections were of known sources, how many new sources were made, how many sources
    went that nothing is left of, and how many detections were left out because they are of sources
    that a person deleted."""

    image_id: str
    matched: int
    new: int
    removed: int
    left_out: int = 0


def associated(
    image_id: str, options: AssociationOptions, job_id: str | None = None
) -> Procedure[Associated]:
    """Associate what was detected in an image, and what was imported for it, with the sources.

    What an earlier association said of the image is taken away first, what it was told stays.
    Raises :class:`AssociationBusy` where others made sources in the way again and again.
    """
    for _ in range(ATTEMPTS):
        while (yield call("take_away", image_id)):
            pass
        # Where sources are, and whether anything is left of them, follows from what was found.
        yield from refreshed((yield call("reach", image_id, options)))
        matched = new = left_out = 0
        left: set[int] = set()
        for kind in ("detected", "imported"):
            around: Around | None = yield call("around", image_id, kind, options)
            if around is None:
                continue
            pairing = Pairing(
                options.method, options.limit, around.max_radius_arcsec, options.systematic_arcsec
            )
            paired: Paired = yield compute(pair, around.detections, around.sources, pairing)
            left.update(paired.left)
            matched, new = matched + paired.matched, new + paired.new
            left_out += paired.left_out
            state: State | None = around.state
            for at in range(0, len(paired.links), PART):
                links = paired.links[at : at + PART]
                state = yield call(
                    "set_down",
                    image_id,
                    links,
                    around.circle,
                    state,
                    options.systematic_arcsec,
                    job_id,
                )
                if state is None:
                    break
            if state is None:
                break
        else:
            removed = 0
            while gone := (yield call("remove_orphans", image_id, sorted(left))):
                removed += gone
            return Associated(image_id, matched, new, removed, left_out)
    raise AssociationBusy(f"other associations are in the way of {image_id}; run it again")
