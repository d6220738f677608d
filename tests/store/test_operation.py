"""Operations: what a call freezes and keeps, how repositories and streams bind."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from mustela.store import (
    AsyncRepository,
    Page,
    SyncRepository,
    Unit,
    acting_as,
    current,
    heavy_read,
    read,
    stream,
    urgent_write,
    write,
)
from mustela.store.operation import AsyncCall, Call, SyncCall, UnitCall

R = TypeVar("R")


def drive(call: Call[R]) -> R:
    """Run a unit whose only steps are ``current()``."""
    unit = call.start()
    try:
        unit.send(None)
        while True:
            unit.send(call.context)
    except StopIteration as stop:
        result: R = stop.value
        return result


class Recorder:
    """An executor that keeps every call, and answers what its unit returns."""

    def __init__(self) -> None:
        self.reads: list[Call[Any]] = []
        self.writes: list[Call[Any]] = []

    def run_read(self, call: Call[R]) -> R:
        self.reads.append(call)
        return drive(call)

    def run_write(self, call: Call[R]) -> R:
        self.writes.append(call)
        return drive(call)

    @property
    def last(self) -> Call[Any]:
        return [*self.reads, *self.writes][-1]


class AsyncRecorder:
    """As ``Recorder``, for the event loop."""

    def __init__(self) -> None:
        self.calls: list[Call[Any]] = []

    async def run_read(self, call: Call[R]) -> R:
        self.calls.append(call)
        return drive(call)

    async def run_write(self, call: Call[R]) -> R:
        return await self.run_read(call)


class Operations:
    """What both repositories do."""

    def __init__(self, executor: Any = None) -> None: ...

    @read
    def echo(self, *values: Any, **named: Any) -> Unit[tuple[Any, ...]]:
        """Say it again."""
        yield from current()
        return (*values, *named.values())

    @read
    def listed(self, values: Iterable[Any]) -> Unit[list[Any]]:
        yield from current()
        return list(values)

    @write
    def named(self, id: str | None = None) -> Unit[tuple[str, str]]:
        context = yield from current()
        return id or context.new_id(), context.actor

    @write
    def named_twice(self) -> Unit[list[str]]:
        first = yield from self.named.unit()
        second = yield from self.named.unit()
        return [first[0], second[0]]

    @heavy_read
    def searched(self) -> Unit[None]:
        yield from current()

    @urgent_write
    def claimed(self) -> Unit[None]:
        yield from current()

    @stream
    def letters(self, word: Sequence[str], *, after: int | None = None) -> Unit[Page[str]]:
        """Two at a time."""
        yield from current()
        start = after or 0
        found = list(word[start : start + 2])
        return Page(found, next=start + 2 if start + 2 < len(word) else None)

    @read
    def first_letters(self, word: str) -> Unit[list[str]]:
        page = yield from self.letters.unit(word)
        return page.items


class Repository(Operations, SyncRepository):
    def __init__(self, executor: Recorder) -> None:
        SyncRepository.__init__(self, executor)


class TwinRepository(Operations, AsyncRepository):
    def __init__(self, executor: AsyncRecorder) -> None:
        AsyncRepository.__init__(self, executor)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def repository(recorder: Recorder) -> Repository:
    return Repository(recorder)


# ------------------------------------------------------------------------------ frozen arguments


def test_a_list_that_the_caller_changes_does_not_change_the_unit(
    repository: Repository, recorder: Recorder
) -> None:
    values = [1, 2]
    repository.listed(values)
    values.append(3)
    assert drive(recorder.last) == [1, 2]


def test_a_dictionary_that_the_caller_changes_does_not_change_the_unit(
    repository: Repository, recorder: Recorder
) -> None:
    fields = {"name": "car", "tags": ["old"]}
    repository.echo(fields)
    fields["name"] = "bus"
    fields["tags"] = []
    assert drive(recorder.last) == ({"name": "car", "tags": ("old",)},)


def test_what_lists_and_dictionaries_hold_is_frozen_too(
    repository: Repository, recorder: Recorder
) -> None:
    row: dict[str, Any] = {"name": "car", "tags": ["old"]}
    repository.listed([row, [row]])
    row["name"] = "bus"
    row["tags"].append("new")
    kept = {"name": "car", "tags": ("old",)}
    assert drive(recorder.last) == [kept, (kept,)]


def test_keyword_arguments_are_frozen_like_the_others(
    repository: Repository, recorder: Recorder
) -> None:
    values = [1]
    repository.listed(values=values)
    values.append(2)
    assert drive(recorder.last) == [1]


@pytest.mark.parametrize(
    "make",
    [
        lambda: (n for n in (1, 2)),
        lambda: iter([1, 2]),
        lambda: map(int, "12"),
        lambda: reversed([2, 1]),
    ],
    ids=["generator", "iterator of a list", "map", "reversed"],
)
def test_an_iterator_is_read_once_and_the_unit_can_run_again(
    make: Callable[[], Iterator[Any]], repository: Repository, recorder: Recorder
) -> None:
    values = make()
    assert repository.listed(values) == [1, 2]
    assert next(values, None) is None
    assert drive(recorder.last) == [1, 2]
    assert drive(recorder.last) == [1, 2]


def test_views_sets_and_buffers_are_frozen(repository: Repository, recorder: Recorder) -> None:
    fields, names, data, line = {"a": 1}, {"x"}, bytearray(b"12"), deque([1])
    repository.echo(fields.keys(), fields.values(), fields.items(), names, data, line)
    fields["b"] = 2
    names.add("y")
    data.clear()
    line.append(2)
    assert drive(recorder.last) == (("a",), (1,), (("a", 1),), {"x"}, b"12", (1,))


@pytest.mark.parametrize(
    "value", ["text", 1, 1.5, True, None, b"bytes", (1, 2), datetime(2022, 2, 22, tzinfo=UTC)]
)
def test_what_cannot_change_is_passed_as_it_is(value: object, repository: Repository) -> None:
    assert repository.echo(value)[0] is value


def test_a_record_is_passed_as_it_is(repository: Repository) -> None:
    page = Page([1])
    assert repository.echo(page)[0] is page


# -------------------------------------------------------------------------------------- attempts


def test_another_attempt_sees_the_same_actor_and_makes_the_same_ids(
    repository: Repository, recorder: Recorder
) -> None:
    with acting_as("ada"):
        first = repository.named()
    with acting_as("bob"):
        assert drive(recorder.last) == first
    assert first[1] == "ada"


def test_units_inside_of_a_unit_share_its_context(repository: Repository) -> None:
    first, second = repository.named_twice()
    assert first < second


def test_each_call_has_a_context_of_its_own(repository: Repository) -> None:
    assert repository.named() != repository.named()


# ---------------------------------------------------------------------------------- declarations


def test_reads_are_run_as_reads_and_writes_as_writes(
    repository: Repository, recorder: Recorder
) -> None:
    repository.echo()
    repository.searched()
    repository.named("x")
    repository.claimed()
    assert [(call.heavy, call.urgent) for call in recorder.reads] == [(False, False), (True, False)]
    assert [(call.heavy, call.urgent) for call in recorder.writes] == [
        (False, False),
        (False, True),
    ]


def test_names_and_docstrings_are_kept(repository: Repository) -> None:
    for bound in (repository.echo, TwinRepository(AsyncRecorder()).echo, Operations().echo):
        assert bound.__name__ == "echo"
        assert bound.__doc__ == "Say it again."
    assert Operations.echo.__doc__ == "Say it again."
    assert Operations.echo.name == "echo"
    assert Operations.letters.__doc__ == "Two at a time."
    assert repository.letters.__doc__ == "Two at a time."
    assert repository.letters.__name__ == "letters"


def test_an_operation_is_bound_by_what_it_is_reached_through(repository: Repository) -> None:
    assert type(repository.echo) is SyncCall
    assert type(TwinRepository(AsyncRecorder()).echo) is AsyncCall
    assert type(Operations().echo) is UnitCall
    assert not callable(Operations().echo)
    assert Operations.echo is Repository.echo


def test_a_bound_call_is_made_once_for_each_instance(recorder: Recorder) -> None:
    one, other = Repository(recorder), Repository(recorder)
    assert one.echo is one.echo
    assert one.echo is not other.echo
    assert one.echo.owner is one


def test_an_operation_that_overrides_another_may_call_it_first(recorder: Recorder) -> None:
    class Louder(Repository):
        @read
        def echo(self, *values: Any, **named: Any) -> Unit[tuple[Any, ...]]:
            before = yield from super().echo.unit(*values, **named)
            return (*before, "!")

    louder = Louder(recorder)
    assert louder.echo("a") == ("a", "!")
    assert louder.echo("a") == ("a", "!")


def test_an_operations_class_may_have_slots() -> None:
    class Slotted:
        __slots__ = ()

        @read
        def answer(self) -> Unit[int]:
            yield from current()
            return 42

    slotted = Slotted()
    unit = slotted.answer.unit()
    assert slotted.answer is not slotted.answer
    next(unit)
    with pytest.raises(StopIteration) as stop:
        unit.send(None)
    assert stop.value.value == 42


async def test_an_async_repository_answers_a_coroutine_that_runs_when_awaited() -> None:
    recorder = AsyncRecorder()
    coroutine = TwinRepository(recorder).echo(1, a=2)
    assert recorder.calls == []
    assert await coroutine == (1, 2)


async def test_arguments_are_frozen_when_the_call_is_made_and_not_when_it_is_awaited() -> None:
    values = [1]
    coroutine = TwinRepository(AsyncRecorder()).listed(values)
    values.append(2)
    assert await coroutine == [1]


# --------------------------------------------------------------------------------------- streams


def test_a_stream_goes_through_its_pages_in_order(
    repository: Repository, recorder: Recorder
) -> None:
    assert list(repository.letters("stoat")) == list("stoat")
    assert len(recorder.reads) == 3
    assert all(call.heavy for call in recorder.reads)


async def test_an_async_stream_goes_through_its_pages_in_order() -> None:
    recorder = AsyncRecorder()
    found = [letter async for letter in TwinRepository(recorder).letters("stoat")]
    assert found == list("stoat")
    assert len(recorder.calls) == 3


def test_an_empty_stream_ends_at_once(repository: Repository) -> None:
    assert list(repository.letters("")) == []


def test_a_stream_reads_a_page_only_when_it_is_asked_for(
    repository: Repository, recorder: Recorder
) -> None:
    letters = repository.letters("stoat")
    assert recorder.reads == []
    assert next(letters) + next(letters) == "st"
    assert len(recorder.reads) == 1
    assert next(letters) == "o"
    assert len(recorder.reads) == 2


async def test_an_async_stream_reads_a_page_only_when_it_is_asked_for() -> None:
    recorder = AsyncRecorder()
    letters = TwinRepository(recorder).letters("stoat")
    assert recorder.calls == []
    assert await anext(letters) + await anext(letters) == "st"
    assert len(recorder.calls) == 1


def test_a_stream_may_start_from_a_cursor(repository: Repository) -> None:
    assert list(repository.letters("stoat", after=2)) == list("oat")


async def test_an_async_stream_may_start_from_a_cursor() -> None:
    letters = TwinRepository(AsyncRecorder()).letters("stoat", after=2)
    assert [letter async for letter in letters] == list("oat")


def test_the_arguments_of_a_stream_are_frozen_when_it_is_called(repository: Repository) -> None:
    word = list("stoat")
    letters = repository.letters(word)
    word.clear()
    assert "".join(letters) == "stoat"


async def test_the_arguments_of_an_async_stream_are_frozen_when_it_is_called() -> None:
    word = list("stoat")
    letters = TwinRepository(AsyncRecorder()).letters(word)
    word.clear()
    assert [letter async for letter in letters] == list("stoat")


def test_one_page_of_a_stream_can_be_read_inside_of_a_unit(repository: Repository) -> None:
    assert repository.first_letters("stoat") == ["s", "t"]
    assert not callable(Operations().letters)


def test_a_stream_reached_through_its_class_is_the_declaration() -> None:
    assert Operations.letters is Repository.letters
