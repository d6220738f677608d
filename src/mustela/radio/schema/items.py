"""The columns that every item has: a file or product below a root, and what is said of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint

from mustela.store import INTEGER, TEXT, derived, edited, observed


def identity_columns() -> list[Any]:
    """Who it is. ``path`` is path text below the root, or absolute where ``root_id`` is empty."""
    return [
        Column("seq", INTEGER, primary_key=True),
        Column("id", TEXT, nullable=False, unique=True),
        observed("root_id", TEXT, nullable=False),
        observed("path", TEXT, nullable=False),
        derived("filename", TEXT, nullable=False),
        derived("search_text", TEXT, nullable=False),
    ]


def file_columns() -> list[Any]:
    """What a scan compares. Of a product that is a directory: its members' sizes and times."""
    return [
        observed("file_size", INTEGER),
        observed("mtime_ns", INTEGER),
        observed("fingerprint", TEXT),
        observed("missing_since", INTEGER),
    ]


def grade_columns() -> list[Any]:
    """The QA grade: as the rules say, and as a person does, who has the last word."""
    grades = "('good', 'warn', 'fail')"
    return [
        derived("grade", TEXT),
        derived("grade_computed", TEXT),
        derived("grade_reasons", TEXT, nullable=False),
        derived("graded_at", INTEGER),
        edited("grade_given", TEXT),
        CheckConstraint(f"grade_given IN {grades}", name="grade_given"),
    ]


def said_columns() -> list[Any]:
    """What people say, and the record's own history."""
    tags = edited("tags", TEXT, nullable=False)
    tags.info["default"] = "[]"
    return [
        tags,
        edited("rating", INTEGER),
        edited("note", TEXT),
        derived("job_id", TEXT),
        derived("created_at", INTEGER, nullable=False),
        derived("updated_at", INTEGER, nullable=False),
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    ]


def retired_columns() -> list[Any]:
    """A product that was removed on purpose, and why."""
    return [edited("retired_at", INTEGER), edited("retired_reason", TEXT)]


def item_indexes(table: str) -> list[Any]:
    """Indexes and constraints of every table of items."""
    return [
        UniqueConstraint("root_id", "path"),
        Index(f"ix_{table}_created_at", "created_at", "id"),
        Index(f"ix_{table}_mid_mjd", "mid_mjd", "id"),
        Index(f"ix_{table}_fingerprint", "fingerprint"),
        Index(f"ix_{table}_job_id", "job_id"),
    ]
