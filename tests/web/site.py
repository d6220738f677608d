"""A small server that speaks the API as far as the page needs it, and misbehaves on request."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mustela.web import page_directory
from tests.web.library import Video, picture

Answer = Callable[[Request], Awaitable[Response]]


class Site:
    """What the server knows, and how it behaves. Tests change it while pages are open."""

    def __init__(self, clip: Path) -> None:
        self.videos: list[Video] = []
        self.roots: list[dict[str, Any]] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.failures: list[dict[str, Any]] = []
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.clip = clip
        self.total_is_exact = True
        self.token: str | None = None
        #: Lists of these words ("" for none) are told when the event is set, as they were before.
        self.held: dict[str, asyncio.Event] = {}
        #: (method, part of the path) of requests that are refused, with status and detail.
        self.refused: dict[tuple[str, str], tuple[int, str]] = {}
        self.requests: list[str] = []
        self.edits: list[dict[str, Any]] = []
        self.url = ""
        #: Of each page that listens, what it is still to be told.
        self.listening: set[asyncio.Queue[str]] = set()

    def tell(self, event: str, document: dict[str, Any]) -> None:
        """Tell every page that listens."""
        for waiting in self.listening:
            waiting.put_nowait(f"event: {event}\ndata: {json.dumps(document)}\n\n")

    def video(self, id: str) -> Video:
        return next(video for video in self.videos if video["id"] == id)

    def add_root(self, path: str, **fields: Any) -> dict[str, Any]:
        root = {
            "id": f"r{len(self.roots) + 1}",
            "path": path,
            "name": path.rpartition("/")[2],
            "collections": ["video"],
            "exclude": [],
            "recursive": True,
            "last_scan_at": None,
            "last_scan": None,
            "problem": None,
        } | fields
        self.roots.append(root)
        return root

    def add_job(self, id: str, path: str, **fields: Any) -> dict[str, Any]:
        job = {
            "id": id,
            "type": "video.scan",
            "status": "running",
            "parameters": {"path": path},
            "progress": progress(None, None),
            "result": None,
            "error": None,
        } | fields
        self.jobs[id] = job
        return job


def progress(done: int | None, total: int | None, rate: float | None = None) -> dict[str, Any]:
    left = (total - done) / rate if rate and total and done is not None else None
    return {"done": done, "total": total, "rate": rate, "eta_seconds": left, "message": None}


def problem(status: int, title: str, detail: str, code: str = "some_code") -> JSONResponse:
    return JSONResponse(
        {"type": f"urn:x:{code}", "title": title, "status": status, "code": code, "detail": detail},
        status,
        media_type="application/problem+json",
    )


AnySite = TypeVar("AnySite", bound=Site)


class Api:
    """The routes."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Answer]] = [
            ("GET", "/health/live", self.live),
            ("POST", "/session", self.sign_in),
            ("GET", "/events", self.events),
            ("GET", "/videos", self.listing),
            ("GET", "/videos/search", self.listing),
            ("POST", "/videos/scan", self.scan),
            ("GET", "/videos/{id}", self.get),
            ("PATCH", "/videos/{id}", self.edit),
            ("DELETE", "/videos/{id}", self.delete),
            ("GET", "/videos/{id}/thumbnail", self.thumbnail),
            ("GET", "/videos/{id}/stream", self.stream),
            ("GET", "/videos/{id}/history", self.tell_history),
            ("GET", "/roots", self.list_roots),
            ("POST", "/roots", self.add_root),
            ("GET", "/jobs", self.list_jobs),
            ("GET", "/jobs/{id}", self.get_job),
            ("GET", "/jobs/{id}/errors", self.job_errors),
        ]
        return [
            Route(f"/api/v1{path}", self.guarded(answer), methods=[method])
            for method, path, answer in table
        ]

    def guarded(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            site = self.site
            query = request.url.query
            line = f"{request.method} {request.url.path}"
            site.requests.append(f"{line}?{query}" if query else line)
            for (method, part), (status, detail) in site.refused.items():
                if request.method == method and part in request.url.path:
                    return problem(status, "Refused", detail)
            open_path = request.url.path.endswith(("/session", "/live"))
            if site.token and not open_path and request.cookies.get("token") != site.token:
                return problem(401, "Unauthorized", "A token is needed.", "unauthorized")
            try:
                return await answer(request)
            except (StopIteration, RuntimeError, KeyError):
                return problem(404, "Not Found", "There is no such thing.", "not_found")

        return guarded

    async def live(self, request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def sign_in(self, request: Request) -> Response:
        given = (await request.json())["token"]
        if given != self.site.token:
            return problem(401, "Unauthorized", "this token is not known", "unauthorized")
        response = Response(status_code=204)
        response.set_cookie("token", given, httponly=True, samesite="strict")
        return response

    async def events(self, request: Request) -> Response:
        async def told() -> AsyncIterator[str]:
            waiting: asyncio.Queue[str] = asyncio.Queue()
            self.site.listening.add(waiting)
            try:
                yield ": hello\n\n"
                while True:
                    yield await waiting.get()
            finally:
                self.site.listening.discard(waiting)

        return StreamingResponse(told(), media_type="text/event-stream")

    async def listing(self, request: Request) -> Response:
        given = dict(request.query_params)
        words = given.get("q", "").lower().split()
        found = [video for video in self.site.videos if _matches(video, words, given)]
        if (gate := self.site.held.get(given.get("q", ""))) is not None:
            await gate.wait()
        sort = given.get("sort", "")
        if sort:
            field = sort.removeprefix("-")
            found.sort(key=lambda video: video[field], reverse=sort.startswith("-"))
        limit, start = int(given.get("limit", 100)), int(given.get("cursor", 0))
        end = start + limit
        query = urlencode({**given, "cursor": end})
        return JSONResponse(
            {
                "items": found[start:end],
                "total": len(found),
                "total_is_exact": self.site.total_is_exact,
                "limit": limit,
                "offset": 0,
                "next": f"{request.url.path}?{query}" if end < len(found) else None,
            }
        )

    async def scan(self, request: Request) -> Response:
        path = (await request.json())["path"]
        root = next(root for root in self.site.roots if root["path"] == path)
        id_ = f"job{len(self.site.jobs) + 1}"
        self.site.add_job(id_, path, parameters={"root_id": root["id"]})
        return JSONResponse({"job_id": id_}, 202)

    async def get(self, request: Request) -> Response:
        return JSONResponse(self.site.video(request.path_params["id"]))

    async def edit(self, request: Request) -> Response:
        video = self.site.video(request.path_params["id"])
        fields = await request.json()
        self.site.edits.append(fields)
        entry = {
            "id": len(self.site.edits),
            "at": "2025-06-01T12:00:00Z",
            "actor": "user:local",
            "action": "update",
            "before": {name: video[name] for name in fields},
            "after": fields,
        }
        self.site.history.setdefault(video["id"], []).insert(0, entry)
        video.update(fields)
        return JSONResponse(video)

    async def delete(self, request: Request) -> Response:
        self.site.videos.remove(self.site.video(request.path_params["id"]))
        return Response(status_code=204)

    async def thumbnail(self, request: Request) -> Response:
        video = self.site.video(request.path_params["id"])
        return Response(picture(video), media_type="image/jpeg")

    async def stream(self, request: Request) -> Response:
        video = self.site.video(request.path_params["id"])
        if video["video_codec"] == "prores":
            return Response(b"not a film" * 100, media_type="video/quicktime")
        return FileResponse(self.site.clip, media_type="video/webm")

    async def tell_history(self, request: Request) -> Response:
        return JSONResponse(self.site.history.get(request.path_params["id"], []))

    async def list_roots(self, request: Request) -> Response:
        return JSONResponse({"items": self.site.roots})

    async def add_root(self, request: Request) -> Response:
        path = (await request.json())["path"]
        if path.startswith("/nowhere"):
            return problem(422, "Unprocessable Content", f"there is no directory {path}")
        return JSONResponse(self.site.add_root(path), 201)

    async def list_jobs(self, request: Request) -> Response:
        status = request.query_params["status"]
        return JSONResponse(
            {"items": [job for job in self.site.jobs.values() if job["status"] == status]}
        )

    async def get_job(self, request: Request) -> Response:
        return JSONResponse(self.site.jobs[request.path_params["id"]])

    async def job_errors(self, request: Request) -> Response:
        return JSONResponse({"items": self.site.failures})


def _matches(video: Video, words: list[str], given: dict[str, str]) -> bool:
    return (
        all(word in video["path"].lower() for word in words)
        and given.get("codec", video["video_codec"]) == video["video_codec"]
        and int(given.get("min_height", 0)) <= video["height"]
        and ("tag" not in given or given["tag"] in video["tags"])
        and ("missing" not in given or (given["missing"] == "true") == bool(video["missing_since"]))
    )


class Files(StaticFiles):
    """The page's files, under the strictest policy that it must live with."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        response.headers["Cache-Control"] = "no-cache"
        return response


class Server(uvicorn.Server):
    """Leaves the signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving_app(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI application on a free port of this machine, in the running loop: its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:  # clients may come at once
        server = Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def serving(site: AnySite, routes: Sequence[Route] = ()) -> AsyncIterator[AnySite]:
    """Serve a site, with more routes if any, and the page on it."""
    page = Mount("/", Files(directory=page_directory(), html=True))
    async with serving_app(Starlette(routes=[*Api(site).routes(), *routes, page])) as site.url:
        yield site
        for gate in site.held.values():
            gate.set()
