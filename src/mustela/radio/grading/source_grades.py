"""Grades of sources: given by a stage, and kept in step with what they follow from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mustela.radio.grading.graded_rows import GradedPart, GradedRows, ToGrade
from mustela.radio.grading.source_rule import SourceFacts, grade_source
from mustela.radio.rules.repository import rules
from mustela.radio.schema import sources
from mustela.store import Unit

TOPIC = "sources"

SOURCES = GradedRows(sources, TOPIC, SourceFacts)


class Kept(NamedTuple):
    """What is kept of a source's grade; :data:`GRADE` are its columns."""

    id: str
    grade_given: str | None
    grade_computed: str | None
    grade_reasons: str
    graded_at: int | None


GRADE = Kept._fields


def grade_sources(found: Sequence[ToGrade[SourceFacts]]) -> Unit[GradedPart]:
    """Grade these sources by the rules as they are."""
    rule = (yield from rules()).grading
    return (yield from SOURCES.write(found, lambda row: grade_source(row.facts, rule)))


def regrade(summed: Iterable[tuple[int, Kept, SourceFacts]]) -> Unit[None]:
    """After the figures of some sources (keys) became others: those that had been graded are
    again."""
    graded = [
        ToGrade(
            seq,
            kept.id,
            kept.grade_given,
            kept.grade_computed,
            kept.grade_reasons,
            kept.graded_at,
            facts,
            (),
        )
        for seq, kept, facts in summed
        if kept.graded_at is not None
    ]
    if graded:
        yield from grade_sources(graded)
