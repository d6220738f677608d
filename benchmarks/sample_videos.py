"""Videos that nobody filmed, and databases full of them."""

from __future__ import annotations

import asyncio
import random
from itertools import count
from pathlib import Path
from typing import NamedTuple

import apsw

from mustela.app import branches, collections
from mustela.store import AsyncStore
from mustela.store.ddl import ddl_statements
from mustela.store.schema import store_metadata
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository

# fmt: off
WORDS = (
    "river", "forest", "Straße", "night", "market", "boat", "snow", "drone", "harbour", "train",
    "garden", "bridge", "morning", "concert", "festival", "interview", "workshop", "mountain",
    "lake", "rain", "summer", "winter", "kitchen", "street",
)
# fmt: on
_UNIT = 500
#: Of everything but the store itself, which has its own.
METADATA = tuple(branch.metadata for branch in branches(collections())[1:])


class Databases(NamedTuple):
    """Two files with equal tables and rows; each is opened by one library only."""

    ours: Path
    peer: Path


def sample_path(number: int, folder: str = "/footage") -> str:
    """Its own for each number."""
    first, second, third = (WORDS[number * step % len(WORDS)] for step in (1, 7, 13))
    return f"{folder}/{first}/{second} {third} {number:07d}.mp4"


def sample_video(number: int) -> Video:
    """The same video for the same number."""
    seconds = 10 + number % 600
    return Video(
        path=sample_path(number),
        duration_frames=seconds * 30,
        frames_exact=True,
        frame_rate_numerator=30000,
        frame_rate_denominator=1001,
        width=1920,
        height=1080,
        display_width=1920,
        display_height=1080,
        rotation=0,
        video_codec=("h264", "hevc", "av1")[number % 3],
        audio_codec="aac",
        container="mp4",
        bit_rate=8_000_000 + number,
        pixel_format="yuv420p",
        field_order="progressive",
        audio_channels=2,
        audio_rate=48_000,
        duration_seconds=seconds * 1.001,
        file_size=1_000_000 + number,
        mtime_ns=1_700_000_000_000_000_000 + number * 1_000_000_000,
        fingerprint=f"{number:016x}",
    )


class NewVideos:
    """Videos that are in no database yet, made quickly: making them is not what is measured."""

    def __init__(self) -> None:
        self._models = [sample_video(number) for number in range(1000)]
        self._numbers = count(10_000_000)
        self._folder = f"/new/{random.randrange(2**40)}"

    def one(self) -> Video:
        number = next(self._numbers)
        id_, _, *others = self._models[number % 1000]
        return Video.from_row(id_, sample_path(number, self._folder), *others)


def make_databases(directory: Path, size: int) -> Databases:
    """Fill both files, through our repository and by copying; kept for the next run."""
    made = Databases(directory / f"ours-{size}.db", directory / f"peer-{size}.db")
    if not made.peer.exists():
        for stale in directory.glob(made.ours.name + "*"):
            stale.unlink()
        asyncio.run(fill(made.ours, size))
        _copy(made.ours, made.peer)
    return made


async def fill(database: str | Path, size: int) -> None:
    """Fill a new database through our repository."""
    async with AsyncStore.open(database, create=METADATA) as store:
        videos = AsyncVideoRepository(store)
        for start in range(0, size, _UNIT):
            await videos.add_many(
                [sample_video(number) for number in range(start, min(start + _UNIT, size))]
            )


def peer_schema() -> list[str]:
    """Our tables, indexes and triggers, as an SQLite of 2022 can have them."""
    return [
        # Deleting from a contentless index came with SQLite 3.43; nothing is deleted here.
        sql.replace("contentless_delete=1, ", "")
        for sql in ddl_statements((store_metadata, *METADATA), "sqlite")
    ]


def _copy(ours: Path, peer: Path) -> None:
    """Made by apsw, in one transaction, and closed before the peer's library comes."""
    part = peer.with_suffix(".part")
    part.unlink(missing_ok=True)
    connection = apsw.Connection(str(part))
    for sql in peer_schema():
        connection.execute(sql)
    connection.execute("ATTACH ? AS ours", (str(ours),))
    with connection:
        for table in ("roots", "videos", "audit", "topics", "events", "meta"):
            connection.execute(f"INSERT INTO {table} SELECT * FROM ours.{table}")
    connection.close()
    part.rename(peer)
