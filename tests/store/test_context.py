"""Time, actor and ids of a unit."""

import time
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mustela.store import acting_as, from_microseconds, new_id, to_microseconds
from mustela.store.context import Context, SharedContext

NEW_YORK = timezone(timedelta(hours=-5))


def at(microseconds: int) -> Context:
    """A context captured at this time."""
    context = Context()
    context.now = microseconds
    return context


# ------------------------------------------------------------------------------------------- ids


def test_an_id_is_a_uuid_of_version_7_and_the_variant_of_the_rfc() -> None:
    for text in (new_id(), Context().new_id(), Context().change_id):
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert parsed.version == 7
        assert parsed.variant == uuid.RFC_4122


@pytest.mark.parametrize(
    "micros", [0, 1, 999, 1_000, 1_645_557_742_000_123, 253_402_300_799_999_999]
)
def test_the_first_48_bits_of_an_id_are_milliseconds_since_1970(micros: int) -> None:
    value = uuid.UUID(at(micros).new_id()).int
    assert value >> 80 == micros // 1000


def test_the_12_bits_after_the_version_are_the_fraction_of_the_millisecond() -> None:
    fractions = [(uuid.UUID(at(micros).new_id()).int >> 64) & 0xFFF for micros in range(1000)]
    assert fractions == sorted(set(fractions))
    assert fractions[0] == 0
    assert fractions[500] == 2048


def test_an_id_tells_the_time_at_which_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id()).int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_ids_of_one_unit_ascend_in_the_order_they_are_asked_for() -> None:
    context = Context()
    ids = [context.change_id, *(context.new_id() for _ in range(1000))]
    assert ids == sorted(set(ids))


def test_ids_of_units_made_at_the_same_moment_differ() -> None:
    assert len({at(1_645_557_742_000_000).new_id() for _ in range(1000)}) == 1000


def test_an_id_made_later_sorts_later_even_within_a_millisecond() -> None:
    ids = [at(1_645_557_742_000_000 + micros).new_id() for micros in range(0, 3000, 7)]
    assert ids == sorted(ids)


def test_the_same_ids_come_again_on_another_attempt() -> None:
    context = Context()
    first = [context.new_id(), context.new_id(), context.change_id]
    context.rewind()
    assert [context.new_id(), context.new_id(), context.change_id] == first


def test_the_change_id_stays_the_same_whenever_it_is_asked_for() -> None:
    context = Context()
    before = context.change_id
    assert context.new_id() != before
    assert context.change_id == before


def test_ids_of_the_units_of_a_transaction_go_on_from_each_other() -> None:
    context = SharedContext()
    first = context.new_id()
    context.rewind()
    second = context.new_id()
    assert first < second
    assert context.change_id < first


# ----------------------------------------------------------------------------------------- actor


def test_a_program_acts_where_nobody_else_is_named() -> None:
    assert (Context().actor, Context().request_id) == ("program", None)


def test_an_actor_acts_inside_of_the_block_and_not_after_it() -> None:
    with acting_as("ada", "r1"):
        inside = Context()
    assert (inside.actor, inside.request_id) == ("ada", "r1")
    assert Context().actor == "program"


def test_the_inner_of_two_actors_acts_and_then_the_outer_again() -> None:
    with acting_as("ada", "r1"):
        with acting_as("scan"):
            assert (Context().actor, Context().request_id) == ("scan", None)
        assert (Context().actor, Context().request_id) == ("ada", "r1")


def test_an_exception_ends_acting() -> None:
    with pytest.raises(ZeroDivisionError), acting_as("ada"):
        raise ZeroDivisionError
    assert Context().actor == "program"


def test_a_context_keeps_its_actor_when_it_is_used_elsewhere() -> None:
    with acting_as("ada"):
        context = Context()
    with acting_as("bob"):
        context.rewind()
        assert context.actor == "ada"


# ------------------------------------------------------------------------------------------ time


def test_a_context_captures_microseconds_since_1970() -> None:
    before = time.time_ns() // 1000
    captured = Context().now
    assert before <= captured <= time.time_ns() // 1000


@pytest.mark.parametrize(
    ("moment", "micros"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC), 1),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(2022, 2, 22, 19, 22, 22, 123_457, tzinfo=UTC), 1_645_557_742_123_457),
        (datetime.min.replace(tzinfo=UTC), -62_135_596_800_000_000),
        (datetime.max.replace(tzinfo=UTC), 253_402_300_799_999_999),
    ],
)
def test_a_time_and_its_microseconds_become_each_other_exactly(
    moment: datetime, micros: int
) -> None:
    assert to_microseconds(moment) == micros
    assert from_microseconds(micros) == moment


def test_microseconds_become_an_aware_time_in_utc() -> None:
    assert from_microseconds(0).tzinfo is UTC


def test_a_time_of_another_zone_becomes_the_microseconds_of_the_same_moment() -> None:
    assert to_microseconds(datetime(1969, 12, 31, 19, tzinfo=NEW_YORK)) == 0


def test_the_last_moment_of_a_zone_behind_utc_has_microseconds_too() -> None:
    last = datetime.max.replace(tzinfo=NEW_YORK)
    assert to_microseconds(last) == 253_402_300_799_999_999 + 5 * 3_600_000_000


def test_microseconds_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(OverflowError):
        from_microseconds(253_402_300_800_000_000)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        to_microseconds(datetime(2022, 2, 22))  # noqa: DTZ001  # that is what is tested
