"""A server whose jobs are toys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from mustela.app import create_app
from mustela.collection import Collection
from mustela.jobs import AsyncioJobQueue, JobContext
from mustela.jobs.schema import jobs_metadata
from mustela.settings import Settings
from mustela.store import AsyncStore


class Jobs:
    """A server whose queue runs jobs that wait for a word."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, queue: AsyncioJobQueue) -> None:
        self.app = app
        self.client = client
        self.queue = queue
        self.began = asyncio.Event()
        self.go = asyncio.Event()

    async def handle(self, context: JobContext) -> dict[str, Any]:
        context.log("it begins")
        context.progress(1, 4)
        self.began.set()
        await self.go.wait()
        context.log("it ends", "warning")
        return {"made": 3}

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()


@asynccontextmanager
async def jobs_server(
    data_dir: Path, collections: Sequence[Collection] = (), **settings: Any
) -> AsyncIterator[Jobs]:
    """A server with jobs alone, or with a few collections."""
    chosen = Settings.load(environ={}, data_dir=data_dir, **settings)
    store = AsyncStore.memory(jobs_metadata)
    queue = AsyncioJobQueue(store, silence=chosen.external_run_silence_seconds)
    app = create_app(chosen, store=store, job_queue=queue, with_collections=collections)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        found = Jobs(app, client, queue)
        queue.register_handler("toy.wait", found.handle)
        queue.declare_external("toy.elsewhere")
        async with app.router.lifespan_context(app):
            try:
                yield found
            finally:
                found.go.set()  # what still waits need not be waited for
