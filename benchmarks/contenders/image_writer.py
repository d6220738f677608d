"""A process that adds images all the time: ``image_writer DATABASE WRITES_A_SECOND``.

It adds one image a commit, as an ingest does that has examined its file, until its standard input
ends; then it says how many it added, and how many a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import time

from benchmarks.sample_radio import sample_image
from benchmarks.turns import answer
from mustela.radio.images.repository import AsyncImageRepository
from mustela.store import AsyncStore


async def main(database: str, rate: float) -> None:
    folder = f"/new/{random.randrange(2**40)}"
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.readline))
    async with AsyncStore.open(database) as store:
        images = AsyncImageRepository(store)
        await images.count()
        answer({"ready": True})
        start, number = time.perf_counter(), 0
        while not ended.done():
            await images.add_many([sample_image(number, folder)])
            number += 1
            wait = start + number / rate - time.perf_counter()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), max(0, wait))
        took = time.perf_counter() - start
    answer({"images": number, "rate": number / took})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
