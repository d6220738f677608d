"""A repository is bound to a store of its own kind."""

from typing import assert_type

from mustela.store import AsyncStore, Store, SyncRepository
from tests.store.typing_samples.library import (
    AsyncVideoRepository,
    Video,
    VideoOperations,
    VideoRepository,
)


async def stores_are_entered_and_awaited() -> None:
    async with AsyncStore.open("a.db") as store:
        assert_type(store, AsyncStore)
        AsyncVideoRepository(store)
        async with store.transaction(limit=1.0) as tx:
            AsyncVideoRepository(tx)
    assert_type(await AsyncStore.memory(), AsyncStore)
    with Store.memory() as sync_store:
        assert_type(sync_store, Store)
        with sync_store.transaction() as sync_tx:
            VideoRepository(sync_tx)


async def a_sync_repository_refuses_an_async_store(store: AsyncStore) -> None:
    VideoRepository(store)  # error: mypy[arg-type] pyright[reportArgumentType]
    async with store.transaction() as tx:
        VideoRepository(tx)  # error: mypy[arg-type] pyright[reportArgumentType]


def an_async_repository_refuses_a_sync_store(store: Store) -> None:
    AsyncVideoRepository(store)  # error: mypy[arg-type] pyright[reportArgumentType]
    with store.transaction() as tx:
        AsyncVideoRepository(tx)  # error: mypy[arg-type] pyright[reportArgumentType]


def a_repository_needs_an_executor() -> None:
    VideoRepository()  # error: mypy[call-arg] pyright[reportCallIssue]
    VideoRepository("a.db")  # error: mypy[arg-type] pyright[reportArgumentType]


async def stores_are_entered_in_their_own_way(store: Store, async_store: AsyncStore) -> None:
    async with store:  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        pass
    with async_store:  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        pass
    await store  # error: mypy[misc] pyright[reportGeneralTypeIssues]
    async with store.transaction():  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        pass
    with async_store.transaction():  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        pass


class Counted(VideoOperations, SyncRepository):
    """A repository may carry more than its operations."""

    def __init__(self, store: Store, limit: int) -> None:
        super().__init__(store)
        self.limit = limit

    def newest(self) -> list[Video]:
        assert_type(self.list_videos(self.limit), list[Video])
        return self.list_videos(self.limit)
