"""Calls on an async repository answer coroutines."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, assert_type

from mustela.store import AsyncStore
from tests.store.typing_samples.library import AsyncVideoRepository, Video


async def calls_answer_coroutines(repo: AsyncVideoRepository, video: Video) -> None:
    call: Coroutine[Any, Any, Video | None] = repo.get("x")
    assert_type(await call, Video | None)
    assert_type(await repo.get("x"), Video | None)
    wrong: Coroutine[Any, Any, Video] = repo.get("x")  # error: mypy[assignment] pyright[reportAssignmentType]
    await wrong
    assert_type(await repo.get(id="x"), Video | None)
    assert_type(await repo.list_videos(10, codec="h264"), list[Video])
    assert_type(await repo.add(video), Video)
    assert_type(await repo.add_many([video]), int)
    assert_type(await repo.update("x", width=2), Video)
    assert_type(await repo.state(), tuple[int, str])


async def coroutines_become_tasks(repo: AsyncVideoRepository) -> None:
    task = asyncio.create_task(repo.get("x"))
    assert_type(task, asyncio.Task[Video | None])
    assert_type(await task, Video | None)
    async with asyncio.TaskGroup() as group:
        assert_type(group.create_task(repo.list_videos()), asyncio.Task[list[Video]])
    both = await asyncio.gather(repo.get("x"), repo.list_videos())
    assert_type(both, tuple[Video | None, list[Video]])
    state = await asyncio.wait_for(repo.state(), 1)
    assert_type(state, tuple[int, str])


async def options_of_an_operation_keep_its_types(repo: AsyncVideoRepository) -> None:
    search: Coroutine[Any, Any, list[Video]] = repo.search("fox")
    assert_type(await search, list[Video])
    assert_type(await repo.claim("w", limit=2), Video | None)
    await repo.search(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    await repo.claim("w", 2)  # error: mypy[call-arg] pyright[reportCallIssue]


async def a_stream_is_an_async_iterator(repo: AsyncVideoRepository) -> None:
    assert_type(repo.everything("h264"), AsyncIterator[Video])
    assert_type(repo.everything("h264", after="x"), AsyncIterator[Video])
    async for video in repo.everything("h264"):
        assert_type(video, Video)
    repo.everything()  # error: mypy[call-arg] pyright[reportCallIssue]
    await repo.everything("h264")  # error: mypy[misc] pyright[reportGeneralTypeIssues]
    for never in repo.everything("h264"):  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        print(never)


async def a_transaction_answers_alike(store: AsyncStore) -> None:
    async with store.transaction() as tx:
        repo = AsyncVideoRepository(tx)
        call: Coroutine[Any, Any, Video | None] = repo.get("x")
        assert_type(await call, Video | None)
        assert_type(repo.everything("h264"), AsyncIterator[Video])
        await repo.get(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    assert_type(await AsyncVideoRepository(store).get("x"), Video | None)


async def wrong_arguments_are_errors(repo: AsyncVideoRepository) -> None:
    await repo.get(1)  # error: mypy[arg-type] pyright[reportArgumentType]
    await repo.get()  # error: mypy[call-arg] pyright[reportCallIssue]
    await repo.get("x", "y")  # error: mypy[call-arg] pyright[reportCallIssue]
    await repo.get(name="x")  # error: mypy[call-arg] pyright[reportCallIssue]
    await repo.list_videos(codec=1)  # error: mypy[arg-type] pyright[reportArgumentType]
    await repo.add("x")  # error: mypy[arg-type] pyright[reportArgumentType]
    asyncio.create_task(repo.get(1))  # error: mypy[arg-type] pyright[reportArgumentType]


async def a_forgotten_await_is_an_error(repo: AsyncVideoRepository) -> None:
    repo.add(Video("x", 1))  # error: mypy[unused-coroutine] pyright[reportUnusedCoroutine]
    video = repo.get("x")
    print(video.width)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
