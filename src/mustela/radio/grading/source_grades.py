"""Grades of sources: given by a stage, and kept in step with what they follow from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from mustela.radio.grading.graded_rows import MOST_ROWS, GradedPart, GradedRows, ToGrade
from mustela.radio.grading.source_rule import SourceFacts, grade_source
from mustela.radio.grading.source_sums import source_facts
from mustela.radio.rules.repository import rules
from mustela.radio.schema import sources
from mustela.store import TEXT, Statement, Unit, rows
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.record import encode_keys

TOPIC = "sources"

SOURCES = GradedRows(sources, TOPIC, SourceFacts)
_GRADED = Statement(
    select(sources.c.id).where(
        in_json_numbers(sources.c.seq, bindparam("seqs", type_=TEXT)),
        sources.c.graded_at.is_not(None),
    )
)


def grade_sources(found: Sequence[ToGrade[SourceFacts]]) -> Unit[GradedPart]:
    """Grade these sources by the rules as they are."""
    rule = (yield from rules()).grading
    facts = yield from source_facts([row.seq for row in found])
    return (yield from SOURCES.write(found, lambda row: grade_source(facts[row.seq], rule)))


def regrade(seqs: Sequence[int]) -> Unit[None]:
    """After the measurements of some sources (keys) became others, or the grades of their images:
    those that had been graded are again."""
    graded = [id for (id,) in (yield from rows(_GRADED, seqs=encode_keys(seqs)))]
    for at in range(0, len(graded), MOST_ROWS):
        yield from grade_sources((yield from SOURCES.of_ids(graded[at : at + MOST_ROWS])))
