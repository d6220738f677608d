"""Matches in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from mustela.radio.cal.records import TOPIC as CAL
from mustela.radio.matching import statements as sql
from mustela.radio.matching.primary_beam import primary_beam_radius
from mustela.radio.matching.record import CalibrationMatch, CalibratorMatch, CalibratorMatches, How
from mustela.radio.matching.rule import Observed, Solved, is_valid_for, names_it, were_applied
from mustela.radio.ms.records import TOPIC as MS
from mustela.radio.references.repository import near
from mustela.radio.rules.repository import rules
from mustela.store import (
    AsyncRepository,
    SyncRepository,
    Unit,
    all,
    batch,
    changed,
    count,
    current,
    heavy_read,
    many,
    read,
    rows,
    write,
)
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.record import decode_texts, encode_texts

#: Measurement Sets that one unit matches.
MOST_SETS = 100
_SECONDS = 86_400.0


class Found(NamedTuple):
    """How a table belongs to a Measurement Set."""

    how: How
    applied: bool


class MatchingOperations:
    """What belongs to a Measurement Set. Nothing is chosen: whatever matches is listed."""

    @write
    def record_calibration(
        self,
        ms_id: str,
        calibration_id: str,
        *,
        applied: bool = False,
        job_id: str | None = None,
    ) -> Unit[None]:
        """Say that a calibration table belongs to a Measurement Set, and whether it was applied.

        ``NotFound`` where one of them is not catalogued.
        """
        ms, table = yield from _seqs(ms_id, calibration_id)
        yield from _write(sql.RECORD, {(ms, table): Found("recorded", applied)}, job_id)
        yield from changed(MS, ms_id)
        yield from changed(CAL, calibration_id)

    @write
    def forget_calibration(self, ms_id: str, calibration_id: str) -> Unit[bool]:
        """Take a match away; false where there was none. What is found again comes back."""
        ms, table = yield from _seqs(ms_id, calibration_id)
        gone = yield from count(sql.REMOVE, pair_ms=ms, pair_calibration=table)
        if gone:
            yield from changed(MS, ms_id)
            yield from changed(CAL, calibration_id)
        return bool(gone)

    @write
    def match(self, ids: Sequence[str]) -> Unit[int]:
        """Find the calibration tables of these Measurement Sets (at most 100) anew.

        A table matches that says that it was solved on the Measurement Set, or that the history
        says was applied, or that is valid then: see :mod:`mustela.radio.matching.rule`. Matches
        by validity that do not hold any more go; what was recorded stays. Answers how many pairs
        are others than before.
        """
        if len(ids) > MOST_SETS:
            raise InvalidValue(f"match at most {MOST_SETS} Measurement Sets at once")
        observed = {
            row[0]: (row[1], _observed(row))
            for row in (yield from rows(sql.OBSERVED, ids=encode_texts(ids)))
        }
        if not observed:
            return 0
        found = yield from _found({seq: ms for seq, (_, ms) in observed.items()})
        new, lost = yield from _compared(observed, found)
        yield from _write(sql.FOUND, new, None)
        yield from many(
            sql.REMOVE, [{"pair_ms": ms, "pair_calibration": table} for ms, table in lost]
        )
        others = {ms for ms, _ in (*new, *lost)}
        if others:
            yield from changed(MS, observed[others.pop()][0] if len(others) == 1 else None)
            yield from changed(CAL)
        return len(new) + len(lost)

    @read
    def calibration_of(self, ms_id: str, limit: int = 1000) -> Unit[list[CalibrationMatch]]:
        """The calibration tables of a Measurement Set: recorded ones first, then by time."""
        return (yield from calibration_of(ms_id, limit))

    @read
    def measurement_sets_of(
        self, calibration_id: str, limit: int = 1000
    ) -> Unit[list[CalibrationMatch]]:
        """The Measurement Sets of a calibration table."""
        return (yield from all(sql.OF_CALIBRATION, match_of, id=calibration_id, limit=limit))

    @heavy_read
    def calibrator_matches(
        self,
        ms_id: str,
        *,
        antenna_diameter_m: float | None = None,
        radius_deg: float | None = None,
    ) -> Unit[CalibratorMatches]:
        """The calibrators of the loaded catalogues within the primary beam about the pointing.

        The radius is ``radius_deg``, or else half of the beam's width (FWHM) at the lowest
        frequency for antennas of a diameter. ``NotFound`` for an unknown Measurement Set,
        ``InvalidValue`` where it is not known where it points or how wide it sees.
        """
        found = yield from rows(sql.POINTING, id=ms_id)
        if not found:
            raise NotFound(f"there is no MeasurementSet {ms_id}")
        ((ra, dec, frequency_hz),) = found
        if ra is None or dec is None:
            raise InvalidValue(f"where {ms_id} points is not known")
        radius = _radius(ms_id, frequency_hz, antenna_diameter_m, radius_deg)
        items = [
            CalibratorMatch(one.source, one.separation_deg, one.separation_deg / radius)
            for one in (yield from near(ra, dec, radius, "calibrator"))
        ]
        return CalibratorMatches(ms_id, ra, dec, radius, items)


class MatchingRepository(MatchingOperations, SyncRepository):
    """Matches, for code that waits."""


class AsyncMatchingRepository(MatchingOperations, AsyncRepository):
    """Matches, for an event loop."""


def calibration_of(ms_id: str, limit: int) -> Unit[list[CalibrationMatch]]:
    """See :meth:`MatchingOperations.calibration_of`; for use inside of units."""
    return (yield from all(sql.OF_MS, match_of, id=ms_id, limit=limit))


def match_of(
    ms_id: str, calibration_id: str, how: How, applied: int, *rest: Any
) -> CalibrationMatch:
    return CalibrationMatch(ms_id, calibration_id, how, bool(applied), *rest)


def _seqs(ms_id: str, calibration_id: str) -> Unit[tuple[int, int]]:
    ((ms, table),) = yield from rows(sql.SEQS, ms_id=ms_id, calibration_id=calibration_id)
    if ms is None:
        raise NotFound(f"there is no MeasurementSet {ms_id}")
    if table is None:
        raise NotFound(f"there is no CalibrationTable {calibration_id}")
    return ms, table


def _observed(row: Sequence[Any]) -> Observed:
    _, _, name, filename, telescope, fields, start, end, applied = row
    return Observed(
        names=_names(name, filename),
        telescope=telescope,
        fields=decode_texts(fields),
        start_mjd=start,
        end_mjd=end,
        applied=decode_texts(applied),
    )


def _solved(found: Iterable[Sequence[Any]]) -> dict[int, Solved]:
    return {
        seq: Solved(
            path=path,
            names=_names(name, filename),
            ms_name=ms_name,
            telescope=telescope,
            fields=decode_texts(fields),
            start_mjd=start,
            end_mjd=end,
        )
        for seq, path, name, filename, ms_name, telescope, fields, start, end in found
    }


def _names(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _found(observed: Mapping[int, Observed]) -> Unit[dict[tuple[int, int], Found]]:
    """Every pair that matches, by the keys of both."""
    tolerance = (yield from rules()).matching.validity_tolerance_seconds
    known = [ms for ms in observed.items() if None not in (ms[1].start_mjd, ms[1].end_mjd)]
    answers = yield from batch(
        rows(sql.SOLVED_ON, names=_json(name for ms in observed.values() for name in ms.names)),
        rows(
            sql.NAMED,
            names=_json(
                said.rstrip("/").rpartition("/")[2]
                for ms in observed.values()
                for said in ms.applied
            ),
        ),
        *(rows(sql.VALID_AT, **_interval(ms, tolerance)) for _, ms in known),
    )
    solved, named = _solved(answers[0]), _solved(answers[1])
    valid = {seq: _solved(answer) for (seq, _), answer in zip(known, answers[2:], strict=True)}
    found: dict[tuple[int, int], Found] = {}
    for seq, ms in observed.items():
        for key, table in valid.get(seq, {}).items():
            if is_valid_for(ms, table, tolerance):
                found[seq, key] = Found("validity", applied=False)
        for key, table in solved.items():
            if names_it(ms, table):
                found[seq, key] = Found("recorded", applied=False)
        for key in were_applied(ms, named):
            found[seq, key] = Found("recorded", applied=True)
    return found


def _interval(ms: Observed, tolerance_seconds: float) -> dict[str, float]:
    """When a table must be valid; wider by a second, for rounding: the rule has the last word."""
    assert ms.start_mjd is not None
    assert ms.end_mjd is not None
    more = (tolerance_seconds + 1.0) / _SECONDS
    return {"start": ms.start_mjd - more, "end": ms.end_mjd + more}


def _compared(
    observed: Mapping[int, Any], found: Mapping[tuple[int, int], Found]
) -> Unit[tuple[dict[tuple[int, int], Found], list[tuple[int, int]]]]:
    """The pairs that are new or say more than before, and those by validity that are no more."""
    seqs = msgspec.json.encode(list(observed)).decode()
    before = {
        (ms, table): Found(how, bool(applied))
        for ms, table, how, applied in (yield from rows(sql.PAIRS, seqs=seqs))
    }
    new = {
        pair: match
        for pair, match in found.items()
        if pair not in before or _says_more(match, before[pair])
    }
    lost = [p for p, match in before.items() if match.how == "validity" and p not in found]
    return new, lost


def _says_more(match: Found, before: Found) -> bool:
    newly_recorded = match.how == "recorded" and before.how != "recorded"
    return newly_recorded or (match.applied and not before.applied)


def _write(
    statement: Any, pairs: Mapping[tuple[int, int], Found], job_id: str | None
) -> Unit[None]:
    context = yield from current()
    yield from many(
        statement,
        [
            {
                "ms": ms,
                "calibration": table,
                "how": match.how,
                "applied": int(match.applied),
                "job_id": job_id,
                "created_at": context.now,
            }
            for (ms, table), match in pairs.items()
        ],
    )


def _json(names: Iterable[str]) -> str:
    return encode_texts(dict.fromkeys(names))


def _radius(
    ms_id: str, frequency_hz: float | None, diameter_m: float | None, radius_deg: float | None
) -> float:
    if radius_deg is not None:
        if not 0 < radius_deg <= 180:
            raise InvalidValue(f"{radius_deg} is no radius: it lies above 0, up to 180 degrees")
        return radius_deg
    if diameter_m is None:
        raise InvalidValue("say how wide to look: antenna_diameter_m or radius_deg")
    if frequency_hz is None:
        raise InvalidValue(f"the frequency of {ms_id} is not known: say radius_deg")
    return primary_beam_radius(frequency_hz, diameter_m)
