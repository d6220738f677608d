"""The server: ``uvicorn lending.app:app``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from lending.reminders import REMIND, make_queue
from lending.repository import AlreadyLent, AsyncLibrary, Instrument, NotLent
from lending.schema import BRANCHES, database_url
from mustela.errors import MustelaError
from mustela.jobs import JobQueue
from mustela.store import AsyncStore, acting_as
from mustela.store.errors import AlreadyExists, Conflict, InvalidValue, NotFound, NotRevertible
from mustela.store.upgrade import prepare

STATUS: dict[type[MustelaError], int] = {
    NotFound: 404,
    AlreadyExists: 409,
    AlreadyLent: 409,
    NotLent: 409,
    Conflict: 409,
    NotRevertible: 409,
    InvalidValue: 422,
}


class NewInstrument(BaseModel):
    label: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Annotated[str, Field(min_length=1, max_length=100)]


class Loan(BaseModel):
    instruments: Annotated[list[str], Field(min_length=1, max_length=20)]
    to: Annotated[str, Field(min_length=1, max_length=100)]
    due: AwareDatetime


class InstrumentAnswer(NewInstrument):
    id: str
    lent_to: str | None
    due: AwareDatetime | None


async def library_of(
    request: Request, x_user: Annotated[str, Header()] = "somebody"
) -> AsyncIterator[AsyncLibrary]:
    """The repository; what is done with it is audited under the name of the user."""
    with acting_as(x_user):
        yield request.state.library


Library: TypeAlias = Annotated[AsyncLibrary, Depends(library_of)]
router = APIRouter()


@router.get("/instruments", response_model=list[InstrumentAnswer])
async def list_instruments(library: Library, kind: str | None = None) -> list[Instrument]:
    return await library.instruments(kind)


@router.post("/instruments", response_model=InstrumentAnswer, status_code=201)
async def add_instrument(new: NewInstrument, library: Library) -> Instrument:
    return await library.add(new.label, new.kind)


@router.delete("/instruments/{id}/loan", response_model=InstrumentAnswer)
async def give_back(id: str, library: Library) -> Instrument:
    return await library.give_back(id)


@router.get("/instruments/{id}/history")
async def history(id: str, library: Library) -> list[dict[str, Any]]:
    """Who did what to an instrument, newest first."""
    entries: list[dict[str, Any]] = msgspec.to_builtins(await library.history(id))
    return entries


@router.post("/loans", response_model=list[InstrumentAnswer], status_code=201)
async def lend(loan: Loan, request: Request, library: Library) -> list[Instrument]:
    """Lend a quartet, or nothing of it: several calls in one transaction, with one change id."""
    store: AsyncStore = request.state.store
    async with store.transaction() as transaction:
        inside = AsyncLibrary(transaction)
        return [await inside.lend(id, loan.to, loan.due) for id in loan.instruments]


@router.post("/changes/{change_id}/undo")
async def undo(change_id: str, library: Library) -> dict[str, str]:
    """Take back a whole change, if nobody has changed the same since."""
    return {"change_id": await library.revert(change_id)}


@router.post("/reminders", status_code=202)
async def remind(request: Request) -> dict[str, str]:
    """Have it found out who is late; a job does that."""
    queue: JobQueue = request.state.queue
    return {"job_id": await queue.submit(REMIND)}


@router.get("/reminders/{job_id}")
async def reminder(
    job_id: str, request: Request, wait: Annotated[float, Query(ge=0, le=60)] = 0
) -> dict[str, Any]:
    """What was found, or how far it is after ``wait`` seconds."""
    queue: JobQueue = request.state.queue
    job = await queue.wait(job_id, wait)
    return {"status": job.status, "late": job.result}


async def refuse(request: Request, error: Exception) -> JSONResponse:
    """Every error has a stable code and says what to do."""
    assert isinstance(error, MustelaError)
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 503)
    return JSONResponse({"code": error.code, "message": error.message}, status)


def create_app(data_dir: Path) -> FastAPI:
    """The server of one data directory."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        url = database_url(data_dir)
        prepared = await asyncio.to_thread(prepare, url, BRANCHES, data_dir)
        with prepared.lock:
            async with (
                AsyncStore.open(url) as store,
                make_queue(store, url, data_dir).running() as queue,
            ):
                yield {"store": store, "library": AsyncLibrary(store), "queue": queue}

    app = FastAPI(title="Lending library", lifespan=lifespan)
    app.include_router(router)
    app.add_exception_handler(MustelaError, refuse)
    return app


app = create_app(Path(os.environ.get("LENDING_DATA", "data")))
