"""Calls on a sync repository answer values."""

import asyncio
from collections.abc import Iterator
from typing import assert_type

from mustela.store import Store
from tests.store.typing_samples.library import Video, VideoRepository


def calls_answer_values(repo: VideoRepository, video: Video) -> None:
    assert_type(repo.get("x"), Video | None)
    assert_type(repo.get(id="x"), Video | None)
    assert_type(repo.list_videos(), list[Video])
    assert_type(repo.list_videos(10, codec="h264"), list[Video])
    assert_type(repo.widths(), list[int])
    assert_type(repo.add(video), Video)
    assert_type(repo.add_many([video]), int)
    assert_type(repo.update("x", width=2), Video)
    assert_type(repo.widen("x"), Video)
    assert_type(repo.state(), tuple[int, str])


def options_of_an_operation_keep_its_types(repo: VideoRepository) -> None:
    assert_type(repo.search("fox"), list[Video])
    assert_type(repo.claim("w", limit=2), Video | None)
    repo.search(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    repo.claim("w", 2)  # error: mypy[call-arg] pyright[reportCallIssue]


def a_stream_is_an_iterator(repo: VideoRepository) -> None:
    assert_type(repo.everything("h264"), Iterator[Video])
    assert_type(repo.everything("h264", after="x"), Iterator[Video])
    for video in repo.everything("h264"):
        assert_type(video, Video)
    repo.everything()  # error: mypy[call-arg] pyright[reportCallIssue]
    repo.everything(264)  # error: mypy[arg-type] pyright[reportArgumentType]


def a_transaction_answers_alike(store: Store) -> None:
    with store.transaction() as tx:
        repo = VideoRepository(tx)
        assert_type(repo.get("x"), Video | None)
        assert_type(repo.everything("h264"), Iterator[Video])
        repo.get(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    assert_type(VideoRepository(store).get("x"), Video | None)


def wrong_arguments_are_errors(repo: VideoRepository) -> None:
    repo.get(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    repo.get()  # error: mypy[call-arg] pyright[reportCallIssue]
    repo.get("x", "y")  # error: mypy[call-arg] pyright[reportCallIssue]
    repo.get(name="x")  # error: mypy[call-arg] pyright[reportCallIssue]
    repo.list_videos(codec=1)  # error: mypy[arg-type] pyright[reportArgumentType]
    repo.list_videos(10, "h264")  # error: mypy[call-arg] pyright[reportCallIssue]
    repo.add("x")  # error: mypy[arg-type] pyright[reportArgumentType]
    repo.update(width=2)  # error: mypy[call-arg] pyright[reportCallIssue]


def answers_have_their_own_types(repo: VideoRepository) -> None:
    print(repo.get("x").width)  # error: mypy[union-attr] pyright[reportOptionalMemberAccess]
    width: str = repo.add(Video("x", 1)).width  # error: mypy[assignment] pyright[reportAssignmentType]
    print(width)
    repo.fetch("x")  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]


async def a_value_cannot_be_awaited(repo: VideoRepository) -> None:
    await repo.get("x")  # error: mypy[misc] pyright[reportGeneralTypeIssues]
    await repo.add(Video("x", 1))  # error: mypy[misc] pyright[reportGeneralTypeIssues]
    asyncio.create_task(repo.get("x"))  # error: mypy[arg-type] pyright[reportArgumentType]
    await asyncio.gather(repo.get("x"))  # error: mypy[call-overload] pyright[reportArgumentType] pyright[reportCallIssue]
    async for video in repo.everything("h264"):  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        print(video)
