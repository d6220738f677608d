"""Operations are written with types, and used inside each other with types."""

from typing import assert_type

from mustela.store import Page, Statement, Unit, all, count, one, read, stream, write
from tests.store.typing_samples.library import (
    STATEMENT,
    AsyncVideoRepository,
    Video,
    VideoOperations,
    VideoRepository,
)


def a_unit_is_typed_wherever_it_is_reached(
    operations: VideoOperations, repo: VideoRepository, async_repo: AsyncVideoRepository
) -> None:
    assert_type(operations.get.unit("x"), Unit[Video | None])
    assert_type(repo.get.unit("x"), Unit[Video | None])
    assert_type(async_repo.get.unit("x"), Unit[Video | None])
    assert_type(async_repo.search.unit("fox"), Unit[list[Video]])
    assert_type(repo.everything.unit("h264"), Unit[Page[Video]])


def operations_without_an_executor_cannot_be_called(operations: VideoOperations) -> None:
    operations.get("x")  # error: mypy[operator] pyright[reportCallIssue]
    operations.everything("h264")  # error: mypy[operator] pyright[reportCallIssue]
    VideoOperations.get("x")  # error: mypy[operator] pyright[reportCallIssue]


async def a_unit_cannot_be_awaited(repo: AsyncVideoRepository) -> None:
    await repo.get.unit("x")  # error: mypy[misc] pyright[reportGeneralTypeIssues]


def wrong_arguments_of_a_unit_are_errors(operations: VideoOperations) -> None:
    operations.get.unit(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    operations.get.unit()  # error: mypy[call-arg] pyright[reportCallIssue]
    operations.get.unit("x", "y")  # error: mypy[call-arg] pyright[reportCallIssue]
    operations.get.unit(name="x")  # error: mypy[call-arg] pyright[reportCallIssue]
    operations.everything.unit(after="x")  # error: mypy[call-arg] pyright[reportCallIssue]


class Wrong:
    """Each method is wrong on one line."""

    def __init__(self, videos: VideoOperations) -> None:
        self.videos = videos

    @read
    def another_class_than_promised(self) -> Unit[Video]:
        return (yield from one(STATEMENT, Video))  # error: mypy[return-value] pyright[reportReturnType]

    @read
    def rows_of_another_class(self) -> Unit[list[Video]]:
        return (yield from all(STATEMENT, int))  # error: mypy[return-value] pyright[reportReturnType]

    @write
    def nothing_instead_of_a_number(self) -> Unit[int]:  # error: mypy[return] pyright[reportReturnType]
        yield from count(STATEMENT)

    @read
    def a_value_that_is_no_step(self) -> Unit[int]:
        yield 1  # error: mypy[misc] pyright[reportReturnType]
        return 1

    @read  # error: mypy[arg-type] pyright[reportArgumentType]
    def no_generator_at_all(self) -> int:
        return 1

    @read  # error: mypy[arg-type] pyright[reportArgumentType]
    async def a_coroutine(self) -> int:
        return 1

    @read
    def a_unit_that_is_not_driven(self) -> Unit[Video | None]:
        yield from count(STATEMENT)
        return self.videos.get.unit("x")  # error: mypy[return-value] pyright[reportReturnType]

    @read
    def a_call_inside_of_a_unit(self) -> Unit[Video | None]:
        yield from count(STATEMENT)
        return self.videos.get("x")  # error: mypy[no-any-return] mypy[operator] pyright[reportCallIssue]

    @read
    def the_answer_of_another_unit(self) -> Unit[str]:
        video = yield from self.videos.get.unit("x")
        return video  # error: mypy[return-value] pyright[reportReturnType]

    @read
    def sql_as_text(self) -> Unit[int | None]:
        return (yield from one("SELECT 1", int))  # error: mypy[arg-type] pyright[reportArgumentType]

    @stream  # error: mypy[arg-type] pyright[reportArgumentType]
    def a_stream_without_pages(self) -> Unit[list[Video]]:
        return (yield from all(STATEMENT, Video))


def statements_are_made_of_expressions() -> None:
    Statement("SELECT 1")  # error: mypy[arg-type] pyright[reportArgumentType]
