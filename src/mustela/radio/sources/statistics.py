"""Statistics of sources in the database, kept in step with their measurements.

An epoch that arrives is added to the sums. A source that loses one, or whose measurements became
others, is summed from scratch: at once where that is little work, else soon (see
:mod:`mustela.radio.sources.stale`). A source that was graded is graded again with each sum, which
needs no look at its measurements. All are units, for use inside of those that change
measurements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update

from mustela.radio.grading.source_grades import GRADE, Kept, regrade
from mustela.radio.schema import images, measurements, source_statistics, sources
from mustela.radio.schema.sources import FLUXES, SHOWN
from mustela.radio.sky.position_sums import PositionSums
from mustela.radio.sources.choice import choose
from mustela.radio.sources.measured import EPOCHS_OF, IN_IMAGE, OF_SOURCES, Measured
from mustela.radio.sources.stale import is_little, mark_stale
from mustela.radio.sources.tally import BandTally, Key, Place, SourceTally
from mustela.radio.variability.epochs import Epoch
from mustela.store import Statement, Unit, changed, count, current, many, rows
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.record import encode_keys

TOPIC = "sources"

#: Sources that are summed together: all their measurements are in memory at once.
_TOGETHER = 100

s, t = sources.c, source_statistics.c
_T = TypeVar("_T")

_PLACES = (
    "seq",
    "said_ra_deg",
    "said_dec_deg",
    "said_ra_error_arcsec",
    "said_dec_error_arcsec",
    "sum_n",
    "sum_x",
    "sum_y",
    "sum_z",
    "weight_ra",
    "weight_dec",
    "n_detections",
    "n_measurements",
    "first_mjd",
    "last_mjd",
    "n_in_failed_images",
    "n_flagged",
    "n_de_ruiter",
    "sum_de_ruiter_squared",
)
_SOURCES = Statement(
    select(*(s[name] for name in (*_PLACES, *GRADE))).where(
        in_json_numbers(s.seq, bindparam("sources"))
    )
)
_FIELDS = tuple(column.name for column in source_statistics.c if column.name != "seq")
_STATISTICS = Statement(
    select(*(t[name] for name in _FIELDS)).where(in_json_numbers(t.source, bindparam("sources")))
)
_ADD = Statement(insert(source_statistics).values({name: bindparam(name) for name in _FIELDS}))
_SET = Statement(
    update(source_statistics)
    .where(
        t.source == bindparam("of_source"),
        t.band == bindparam("of_band"),
        t.stokes == bindparam("of_stokes"),
    )
    .values({name: bindparam(name) for name in _FIELDS if name not in ("source", "band", "stokes")})
)
_CLEAR = Statement(delete(source_statistics).where(in_json_numbers(t.source, bindparam("sources"))))
_SHOWN = (
    *Place._fields,
    *_PLACES[5:],
    "cell",
    "band",
    "stokes",
    "n_epochs",
    "n_forced",
    *(f"{flux}_{name}" for flux in FLUXES for name in SHOWN),
    "updated_at",
)
_SET_SOURCE = Statement(
    update(sources)
    .where(s.seq == bindparam("of_source"))
    .values({name: bindparam(name) for name in _SHOWN})
)
_SET_COUNTS = Statement(
    update(measurements)
    .where(measurements.c.seq == bindparam("measurement"))
    .values(counts=bindparam("counts"), why_not=bindparam("why_not"))
)


_HOLD = Statement(
    update(images)
    .where(images.c.seq == bindparam("image"))
    # The row stays as it is, and so does its revision.
    .values(counts=images.c.counts, revision=images.c.revision)
)


def tally_image(
    image: int, of_sources: Collection[int], joined: Collection[int] = frozenset()
) -> Unit[None]:
    """Say again which of an image's measurements of some sources are epochs, and bring the
    statistics of these sources in step.

    ``joined`` are keys of measurements that have just been associated with their sources. Keys all.
    """
    # Where writers run side by side, nobody decides otherwise of the image meanwhile.
    yield from count(_HOLD, image=image)
    for part in _parts(of_sources, 500):
        found = yield from _measured(IN_IMAGE, image=image, sources=encode_keys(part))
        reasons = choose(found)
        lost = {one.source for one in found if one.counts and reasons[one.seq] is not None}
        added = [one for one in found if not one.counts and reasons[one.seq] is None]
        new = [one for one in found if one.seq in joined]
        yield from _write_reasons(found, reasons)
        yield from _add(
            [one for one in added if one.source not in lost],
            [one for one in new if one.source not in lost],
        )
        yield from recompute_soon(sorted(source for source in lost if source is not None))


def recompute_soon(of_sources: Sequence[int]) -> Unit[None]:
    """Everything that follows from the measurements of some sources: now where they are few, else
    in the bounded units that come after; until then the sources say that they are stale."""
    if not of_sources:
        return
    if (yield from is_little(of_sources)):
        yield from recompute(of_sources)
    else:
        yield from mark_stale(of_sources)
        yield from changed(TOPIC)


def recompute(of_sources: Iterable[int]) -> Unit[None]:
    """Everything that follows from the measurements of some sources, from scratch."""
    for part in _parts(of_sources, _TOGETHER):
        text = encode_keys(part)
        found = yield from _measured(OF_SOURCES, sources=text)
        reasons = choose(found)
        yield from _write_reasons(found, reasons)
        tallies = yield from _places(text, empty=True)
        by_source: dict[int, list[Measured]] = defaultdict(list)
        for one in sorted(found, key=_age):
            if one.source is not None:
                by_source[one.source].append(one)
        for source, its in by_source.items():
            tally = tallies[source]
            epochs: dict[Key, list[Measured]] = defaultdict(list)
            for one in its:
                tally.join(one)
                if reasons[one.seq] is None:
                    epochs[one.band, one.stokes].append(one)
            tally.bands = {key: BandTally.from_scratch(some) for key, some in epochs.items()}
        yield from count(_CLEAR, sources=text)
        yield from many(
            _ADD, [_row(tally, key) for tally in tallies.values() for key in tally.bands]
        )
        yield from _write_sources(tallies.values())


def _add(added: Sequence[Measured], joined: Sequence[Measured]) -> Unit[None]:
    """Epochs that were none before, and measurements that are of their sources only now."""
    touched = sorted({one.source for one in (*added, *joined) if one.source is not None})
    if not touched:
        return
    text = encode_keys(touched)
    tallies = yield from _places(text, empty=False)
    there: set[tuple[int, Key]] = set()
    for values in (yield from rows(_STATISTICS, sources=text)):
        row = dict(zip(_FIELDS, values, strict=True))
        key = row["band"], row["stokes"]
        tallies[row["source"]].bands[key] = BandTally.of_row(row)
        there.add((row["source"], key))
    mains = {tally.seq: tally.main() for tally in tallies.values()}
    for one in joined:
        if one.source is not None:
            tallies[one.source].join(one)
    grown = yield from _count_in(tallies, added)
    written: set[tuple[int, Key]] = set(grown)
    for tally in tallies.values():
        before, after = mains[tally.seq], tally.main()
        if before != after:
            written |= {(tally.seq, key) for key in (before, after) if key is not None}
    yield from many(
        _ADD, [_row(tallies[seq], key) for seq, key in sorted(written) if (seq, key) not in there]
    )
    yield from many(
        _SET,
        [_of(_row(tallies[seq], key)) for seq, key in sorted(written) if (seq, key) in there],
    )
    yield from _write_sources(tallies.values())


def _count_in(
    tallies: dict[int, SourceTally], added: Sequence[Measured]
) -> Unit[set[tuple[int, Key]]]:
    """Add epochs to their bands; answers which those are."""
    grown: set[tuple[int, Key]] = set()
    asked: set[int] = set()
    for one in added:
        if one.source is None:
            continue
        key = one.band, one.stokes
        band = tallies[one.source].bands.get(key)
        if (one.source, key) in grown or (band is not None and band.needs_earlier(one)):
            asked.add(one.source)
        grown.add((one.source, key))
    earlier: dict[tuple[int, Key], list[Measured]] = defaultdict(list)
    if asked:
        new = {one.seq for one in added}
        for one in (yield from _measured(EPOCHS_OF, sources=encode_keys(sorted(asked)))):
            if one.seq not in new and one.source is not None:
                earlier[one.source, (one.band, one.stokes)].append(one)
    for one in sorted(added, key=_age):
        if one.source is None:
            continue
        key = one.band, one.stokes
        counted = earlier[one.source, key]
        band = tallies[one.source].bands.setdefault(key, BandTally())
        band.add(one, partial(_epochs, counted))
        counted.append(one)
    return grown


def _epochs(counted: Sequence[Measured], flux: str) -> Iterator[Epoch]:
    found = (one.peak if flux == "peak" else one.integrated for one in counted)
    return (epoch for epoch in found if epoch is not None)


def _places(text: str, *, empty: bool) -> Unit[dict[int, SourceTally]]:
    """Sources without their bands; ``empty`` ones without what their measurements said."""
    tallies: dict[int, SourceTally] = {}
    for seq, *values in (yield from rows(_SOURCES, sources=text)):
        kept = Kept(*values[-len(GRADE) :])
        tally = tallies[seq] = SourceTally(seq, Place(*values[:4]), kept=kept)
        if not empty:
            tally.position = PositionSums(*values[4:10])
            tally.n_detections, tally.n_measurements = values[10:12]
            tally.first_mjd, tally.last_mjd = values[12:14]
            tally.n_in_failed_images, tally.n_flagged, tally.n_de_ruiter = values[14:17]
            tally.sum_de_ruiter_squared = values[17]
    return tallies


def _write_sources(tallies: Collection[SourceTally]) -> Unit[None]:
    """Write what follows of each source, and then its grade, where it was graded."""
    context = yield from current()
    new = [{"of_source": t.seq, "updated_at": context.now, **t.row()} for t in tallies]
    if new:
        yield from many(_SET_SOURCE, new)
        yield from changed(TOPIC)
        yield from regrade((t.seq, t.kept, t.facts()) for t in tallies if t.kept is not None)


def _write_reasons(found: Sequence[Measured], reasons: dict[int, str | None]) -> Unit[None]:
    new = [
        {"measurement": one.seq, "counts": int(reason is None), "why_not": reason}
        for one in found
        if (reason := reasons[one.seq]) != one.why_not or one.counts != (reason is None)
    ]
    if new:
        yield from many(_SET_COUNTS, new)


def _measured(statement: Statement, **parameters: Any) -> Unit[list[Measured]]:
    found = yield from rows(statement, **parameters)
    return [Measured(*row) for row in found]


def _row(tally: SourceTally, key: Key) -> dict[str, Any]:
    return {
        "source": tally.seq,
        "band": key[0],
        "stokes": key[1],
        "is_main": int(key == tally.main()),
        **tally.bands[key].row(),
    }


def _of(row: dict[str, Any]) -> dict[str, Any]:
    """The parameters of an update."""
    names = ("source", "band", "stokes")
    rest = {name: value for name, value in row.items() if name not in names}
    return {**{f"of_{name}": row[name] for name in names}, **rest}


def _age(one: Measured) -> tuple[float, str]:
    return float("-inf") if one.mid_mjd is None else one.mid_mjd, one.id


def _parts(keys: Iterable[_T], size: int) -> Iterator[list[_T]]:
    whole = list(keys)
    for at in range(0, len(whole), size):
        yield whole[at : at + size]
