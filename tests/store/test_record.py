"""Records: a row underneath, Python values at the surface."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.store import from_microseconds
from mustela.store.errors import InvalidValue
from mustela.store.record import Record, to_time

NOON = datetime(2024, 7, 1, 12, 0, 0, 5, tzinfo=UTC)


class Reel(Record):
    """A reel of film."""

    hidden: ClassVar[tuple[str, ...]] = ("shelf",)

    id: str
    shelf: int = 0
    length: float | None = None
    worn: bool | None = None
    shot_at: datetime | None = None
    people: tuple[str, ...] = ()


def test_values_are_kept_as_columns_and_read_as_python() -> None:
    reel = Reel(id="a", length=2, worn=True, shot_at=NOON, people=("Ann", "Bob"))
    assert reel.row() == {
        "id": "a",
        "shelf": 0,
        "length": 2,
        "worn": 1,
        "shot_at": 1_719_835_200_000_005,
        "people": '["Ann","Bob"]',
    }
    assert (reel.worn, reel.shot_at, reel.people) == (True, NOON, ("Ann", "Bob"))
    assert Reel.from_row(*reel.row().values()) == reel


def test_a_time_of_another_zone_is_the_same_time() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert Reel(id="a", shot_at=there) == Reel(id="a", shot_at=NOON)


def test_a_time_outside_of_the_calendar_is_none() -> None:
    assert Reel.from_row("a", 0, None, None, 2**62, "[]").shot_at is None


@given(st.integers(-(10**15), 2**33 * 1_000_000))
def test_times_are_exact_to_the_microsecond(value: int) -> None:
    assert to_time(value) == from_microseconds(value)


def test_records_are_equal_by_class_and_value() -> None:
    class Other(Record):
        id: str

    reel = Reel(id="a")
    assert reel == Reel(id="a")
    assert hash(reel) == hash(Reel(id="a"))
    assert reel != Reel(id="b")
    assert Reel(id="a") != ("a", 0, None, None, None, "[]")
    assert Other(id="a") != reel


def test_a_copy_changes_only_what_is_named() -> None:
    reel = Reel(id="a", shelf=3, people=("Ann",))
    assert reel.replace(length=1.5).asdict() == {**reel.asdict(), "length": 1.5}
    with pytest.raises(InvalidValue, match="no field 'colour'"):
        reel.replace(colour="red")


def test_json_shows_python_types_and_hides_what_is_hidden() -> None:
    reel = Reel(id="a", shelf=9, shot_at=NOON, people=("Ann",), worn=False)
    assert msgspec.json.decode(msgspec.json.encode(reel.to_public())) == {
        "id": "a",
        "length": None,
        "worn": False,
        "shot_at": "2024-07-01T12:00:00.000005Z",
        "people": ["Ann"],
    }


def test_a_record_travels_between_processes_and_tells_what_it_is() -> None:
    reel = Reel(id="a", people=("Ann",))
    assert repr(reel) == "Reel(id='a', people=('Ann',))"
    assert pickle.loads(pickle.dumps(reel)) == reel


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"shelf": "1"}, "shelf must be int"),
        ({"shelf": True}, "shelf must be int"),
        ({"shelf": 2**63}, "64 bits"),
        ({"length": float("inf")}, "finite"),
        ({"length": "1"}, "length must be float or int"),
        ({"shot_at": 5}, "a time must be a datetime"),
        ({"shot_at": datetime(2024, 1, 1)}, "time zone"),  # noqa: DTZ001  # naive on purpose
        ({"people": "Ann"}, "list of texts"),
        ({"people": (1,)}, "list of texts"),
        ({"people": ("a\0",)}, "NUL"),
        ({"id": "\udcff"}, "not Unicode"),
    ],
)
def test_what_cannot_be_kept_is_refused(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Reel(**{"id": "a", **values})


def test_a_record_needs_its_fields_and_no_others() -> None:
    with pytest.raises(TypeError, match="needs id"):
        Reel()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="no field 'colour'"):
        Reel(id="a", colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidValue, match="no field 'colour'"):
        Reel.columns({"colour": None})
