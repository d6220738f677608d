"""The statistics of the collection, as every collection tells them."""

from __future__ import annotations

from mustela.collection import CollectionStats, NewestItem, Recent
from mustela.store import from_microseconds
from mustela.store.listing import COUNT_LIMIT
from mustela.video.repository import AsyncVideoRepository


async def collection_stats(videos: AsyncVideoRepository) -> CollectionStats:
    """Counts and bytes, present and missing; what was added lately."""
    found = await videos.stats()
    newest = found.newest
    return CollectionStats(
        count=found.present.files + found.missing.files,
        by_status={"present": found.present.files, "missing": found.missing.files},
        bytes=found.present.bytes + found.missing.bytes,
        bytes_by_status={"present": found.present.bytes, "missing": found.missing.bytes},
        recent=Recent(
            min(found.last_day, COUNT_LIMIT),
            min(found.last_week, COUNT_LIMIT),
            found.last_week <= COUNT_LIMIT,
        ),
        newest=newest and NewestItem(newest.id, newest.name, from_microseconds(newest.added_at)),
    )
