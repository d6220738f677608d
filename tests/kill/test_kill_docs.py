"""The reference names what the kill suite has."""

from __future__ import annotations

from typing import get_args

from mustela.jobs import testing
from tests.docs.test_reference import first_column


def test_every_public_name_is_in_the_reference() -> None:
    assert sorted(first_column("jobs.md", "name", "is")) == sorted(testing.__all__)


def test_every_kind_of_violation_is_in_the_reference() -> None:
    assert first_column("jobs.md", "kind", "means") == list(get_args(testing.Kind))
