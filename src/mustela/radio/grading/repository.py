"""Grades in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import bindparam, func, select

from mustela.jobs.look_operations import LookOperations
from mustela.radio.cal.records import TOPIC as CAL
from mustela.radio.cal.records import records as calibration_records
from mustela.radio.grading.astrometry_of_images import Placed, astrometry_of
from mustela.radio.grading.graded_rows import (
    PART,
    GradedPart,
    GradedRows,
    ToGrade,
    with_next,
)
from mustela.radio.grading.image_rule import ImageFacts, grade_image
from mustela.radio.grading.job_rule import GradeCounts, JobGrade, grade_job
from mustela.radio.grading.source_grades import SOURCES as _SOURCES
from mustela.radio.grading.source_grades import TOPIC as SOURCES
from mustela.radio.grading.source_grades import grade_sources
from mustela.radio.grading.usual_noise import Likes, likes_of, usual_noise
from mustela.radio.grading.visibilities_rule import (
    CalibrationTableFacts,
    MeasurementSetFacts,
    grade_calibration_table,
    grade_ms,
)
from mustela.radio.images.records import TOPIC as IMAGES
from mustela.radio.images.records import records as image_records
from mustela.radio.ms.records import TOPIC as MS
from mustela.radio.ms.records import records as ms_records
from mustela.radio.rules.record import RadioRules
from mustela.radio.rules.repository import rules
from mustela.radio.schema import calibration_tables, images, measurement_sets, sources
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    heavy_read,
    rows,
    write,
)
from mustela.store.errors import InvalidValue

#: What can be graded, by the topic of its records.
Gradable: TypeAlias = Literal["images", "ms", "cal", "sources"]

_IMAGES = GradedRows(
    images,
    IMAGES,
    ImageFacts,
    besides=("field", "stokes", "frequency_hz", "dec_deg", "radius_deg"),
    records=image_records,
)
_MS = GradedRows(measurement_sets, MS, MeasurementSetFacts, records=ms_records)
_CAL = GradedRows(calibration_tables, CAL, CalibrationTableFacts, records=calibration_records)

_MADE = {
    topic: Statement(
        select(table.c.grade, func.count())
        .where(table.c.job_id == bindparam("job"))
        .group_by(table.c.grade)
    )
    for topic, table in (
        (IMAGES, images),
        (MS, measurement_sets),
        (CAL, calibration_tables),
        (SOURCES, sources),
    )
}
_JOBS = LookOperations()


class GradingOperations:
    """Giving grades. What is unchanged is not written; a grade that a person gave stays."""

    @write
    def grade_images(self, ids: Sequence[str]) -> Unit[GradedPart]:
        """Grade the images of these ids (at most 500) by the rules as they are."""
        return (yield from _grade_images((yield from _IMAGES.of_ids(ids))))

    @write
    def grade_ms(self, ids: Sequence[str]) -> Unit[GradedPart]:
        """Grade the Measurement Sets of these ids (at most 500)."""
        return (yield from _grade_ms((yield from _MS.of_ids(ids))))

    @write
    def grade_calibration_tables(self, ids: Sequence[str]) -> Unit[GradedPart]:
        """Grade the calibration tables of these ids (at most 500)."""
        return (yield from _grade_cal((yield from _CAL.of_ids(ids))))

    @write
    def grade_sources(self, ids: Sequence[str]) -> Unit[GradedPart]:
        """Grade the sources of these ids (at most 500)."""
        return (yield from grade_sources((yield from _SOURCES.of_ids(ids))))

    @write
    def grade_next(self, what: Gradable, after: int = 0, limit: int = PART) -> Unit[GradedPart]:
        """Grade the next rows of a table; go on with ``after`` the answer's ``next``.

        For all of a table, as after a change of the rules: each part is a unit of its own.
        """
        if what not in _WALKS:
            raise InvalidValue(f"{what!r} has no grades; use one of {', '.join(_WALKS)}")
        table, grade = _WALKS[what]
        found = yield from table.after(after, limit)
        return with_next((yield from grade(found)), found, limit)

    @heavy_read
    def grade_job(self, job_id: str) -> Unit[JobGrade | None]:
        """The grade of a job: the worst of what names it, and how it ended.

        ``None`` for a job that neither the queue nor any record knows.
        """
        job = yield from _JOBS.get.unit(job_id)
        made: dict[str, GradeCounts] = {}
        for topic, statement in _MADE.items():
            found = yield from rows(statement, job=job_id)
            if found:
                counts: dict[str, int] = {grade or "ungraded": number for grade, number in found}
                made[topic] = GradeCounts(**counts)
        if job is None and not made:
            return None
        return grade_job(None if job is None else job.status, made)


class GradingRepository(GradingOperations, SyncRepository):
    """Grades, for code that waits."""


class AsyncGradingRepository(GradingOperations, AsyncRepository):
    """Grades, for an event loop."""


def _grade_images(found: Sequence[ToGrade[ImageFacts]]) -> Unit[GradedPart]:
    operator = yield from rules()
    rule = operator.grading
    usual = yield from usual_noise(_compared(found, operator), rule.usual_noise_least_images)
    offsets = yield from astrometry_of(_placed(found), rule.astrometry_least_sources)
    return (
        yield from _IMAGES.write(
            found,
            lambda row: grade_image(row.facts, rule, usual.get(row.seq), offsets.get(row.seq)),
        )
    )


def _compared(found: Sequence[ToGrade[ImageFacts]], operator: RadioRules) -> dict[int, Likes]:
    """The images that nothing is known of in theory, with whom to compare them."""
    compared: dict[int, Likes] = {}
    for row in found:
        field, stokes, frequency_hz, *_ = row.besides
        likes = likes_of(operator, field, row.facts.kind, stokes, frequency_hz)
        theory = row.facts.theoretical_noise_jy
        if likes is not None and row.facts.noise_jy and (theory is None or theory <= 0):
            compared[row.seq] = likes
    return compared


def _placed(found: Sequence[ToGrade[ImageFacts]]) -> list[Placed]:
    placed: list[Placed] = []
    for row in found:
        _, _, _, dec, radius = row.besides
        ra, beam = row.facts.ra_deg, row.facts.beam_major_arcsec
        if ra is not None and dec is not None and radius is not None and beam and beam > 0:
            placed.append(Placed(row.seq, ra, dec, radius, beam))
    return placed


def _grade_ms(found: Sequence[ToGrade[MeasurementSetFacts]]) -> Unit[GradedPart]:
    rule = (yield from rules()).grading
    return (yield from _MS.write(found, lambda row: grade_ms(row.facts, rule)))


def _grade_cal(found: Sequence[ToGrade[CalibrationTableFacts]]) -> Unit[GradedPart]:
    rule = (yield from rules()).grading
    return (yield from _CAL.write(found, lambda row: grade_calibration_table(row.facts, rule)))


#: For each topic its rows, and the unit that grades some of them.
_WALKS: dict[str, tuple[GradedRows[Any], Any]] = {
    IMAGES: (_IMAGES, _grade_images),
    MS: (_MS, _grade_ms),
    CAL: (_CAL, _grade_cal),
    SOURCES: (_SOURCES, grade_sources),
}
