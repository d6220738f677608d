"""What an ingest would have to do, and for how long: counted, and measured on a few products."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from mustela.files.children import Children
from mustela.files.failure import Failure
from mustela.files.path_text import decode
from mustela.files.walk import walk
from mustela.files.walk_wire import WalkOrder
from mustela.radio.extensions import EXTENSIONS
from mustela.radio.imaging.facts import ImageFacts
from mustela.radio.jobs.extra_needed import require_extra
from mustela.radio.rules.record import EpochRule
from mustela.radio.visibilities.facts import CalibrationTableFacts, MeasurementSetFacts
from mustela.radio.visibilities.products import CASACORE_TABLE

_EXAMINE = "mustela.radio.scan_examine:examine"
_SEARCH = "mustela.radio.jobs.in_child:search"
_FACTS: Any = ImageFacts | MeasurementSetFacts | CalibrationTableFacts
#: Products of each kind that are read to see how long it takes, and images that are searched.
SAMPLE, SEARCHED = 8, 3
_KINDS = {
    "Measurement Set": "Measurement Sets",
    "Calibration": "calibration tables",
    "Image": "CASA images",
}
_VISIBILITIES = (".uvfits", ".uvfits.gz", ".uvh5")


class PlannedKind(msgspec.Struct):
    """How many there are; how many of them were read, and in how many seconds each."""

    number: int = 0
    sampled: int = 0
    seconds_each: float | None = None


class Plan(msgspec.Struct):
    """What there is by kind, and hours for all of it, as for a first ingest.

    ``to_search`` is about how many images would be searched for sources.
    """

    kinds: dict[str, PlannedKind]
    reading_hours: float
    to_search: int
    finding_hours: float | None
    how: str


async def plan_for(children: Children, directories: Sequence[str], *, find: bool) -> Plan:
    """Walk directories (absolute path text); read, and with ``find`` search, a few of what they
    hold. Nothing is written."""
    require_extra()
    found: dict[str, list[bytes]] = {}
    for directory in directories:
        order = WalkOrder(directory, True, [], dict(EXTENSIONS), "", CASACORE_TABLE)
        async with aclosing(walk(order)) as batches:
            async for batch in batches:
                places = [decode(directory) + b"/" + decode(path) for path, *_ in batch.files]
                for place, kind in zip(
                    places, await asyncio.to_thread(list, map(_kind_of, places)), strict=True
                ):
                    found.setdefault(kind, []).append(place)
    kinds = {kind: PlannedKind(len(places)) for kind, places in sorted(found.items())}
    seconds = to_search = finding = 0.0
    for kind, places in found.items():
        images = await _measure(children, kinds[kind], _spread(places, SAMPLE))
        each = kinds[kind].seconds_each
        seconds += (each or 0.0) * len(places)
        if kinds[kind].sampled:
            share = len(images) / kinds[kind].sampled
            to_search += share * len(places)
            if find and images:
                finding += share * len(places) * await _searching(children, images[:SEARCHED])
    return Plan(
        kinds,
        seconds / children.size / 3600,
        round(to_search),
        finding / children.size / 3600 if find else None,
        f"Measured now on at most {SAMPLE} products of each kind, spread evenly"
        + (f", and by searching at most {SEARCHED} of the images" if find else "")
        + f"; with {children.size} child processes at once.",
    )


async def _measure(
    children: Children, kind: PlannedKind, places: Sequence[bytes]
) -> list[tuple[bytes, ImageFacts]]:
    """Read some products; those that are images to be searched."""
    kinds = EpochRule().kinds
    images = []
    seconds = 0.0
    await children.run(_EXAMINE, b"/", result=_FACTS)  # the child imports its libraries once
    for place in places:
        begun = time.monotonic()
        found = await children.run(_EXAMINE, place, result=_FACTS)
        seconds += time.monotonic() - begun
        kind.sampled += 1
        if isinstance(found, ImageFacts) and found.kind in kinds:
            images.append((place, found))
    if places:
        kind.seconds_each = seconds / len(places)
    return images


async def _searching(children: Children, images: Sequence[tuple[bytes, ImageFacts]]) -> float:
    """Seconds that finding takes for one of the images, on average."""
    begun = time.monotonic()
    for place, facts in images:
        found = await children.run(
            _SEARCH, place, facts.hdu, None, False, True, 5.0, 4.0, time_limit=1800.0
        )
        if isinstance(found, Failure):
            continue
    return (time.monotonic() - begun) / len(images)


def _kind_of(place: bytes) -> str:
    if not os.path.isdir(place):  # noqa: PTH112  # bytes
        name = os.fsdecode(place).lower()
        return "visibilities files" if name.endswith(_VISIBILITIES) else "FITS files"
    try:
        with open(place + b"/table.info", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            said = file.readline().partition("=")[2].strip()
    except OSError:
        said = ""
    return _KINDS.get(said, "other tables")


def _spread(places: list[bytes], number: int) -> list[bytes]:
    step = max(1, len(places) // number)
    return places[::step][:number]
