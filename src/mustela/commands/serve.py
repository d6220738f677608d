"""``mustela serve``: the parent prepares and says when it is ready; server processes serve.

Exit status: 130 after Ctrl-C, 0 after SIGTERM, 2 where it could not start.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from mustela.app import branches, collections, create_app, stop_streams
from mustela.commands.process import settle
from mustela.commands.roots import ensure_root, scanned_by
from mustela.console import CANCELLED, DONE, USAGE, say
from mustela.errors import MustelaError
from mustela.files.root import Root
from mustela.files.scan_job import scan_key
from mustela.http.tokens import digest_of
from mustela.jobs.operations import JobRepository
from mustela.jobs.record import new_job
from mustela.logs import start_logging
from mustela.settings import Settings
from mustela.store import Store, acting_as
from mustela.store.upgrade import prepare

#: Hands the parent's settings to server processes.
_HANDED_DOWN = "_MUSTELA_SERVE"
#: Requests that still run at the end are given so long (seconds).
_GRACE = 3
#: A server process that does not answer after so long is not waited for (seconds).
_READY_SECONDS = 60


class PortTaken(MustelaError):
    """Another program listens on this port."""

    code = "port_taken"


def serve(settings: Settings, directories: Sequence[Path], *, browser: bool) -> int:
    """Serve until told to stop; answers the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    start_logging(settings)
    with _listen(settings) as listener:
        settings = _with_token(settings)
        prepared = prepare(
            settings.database_url, branches(collections()), settings.data_dir, command="serve"
        )
        with prepared.lock:
            if prepared.backup is not None:
                say(f"the database was upgraded; the old one is saved as {prepared.backup}")
            _add_roots(settings, directories)
            host, port = settings.host, listener.getsockname()[1]
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            if settings.workers > 1:
                return _serve_many(settings, listener, url, browser)
            return asyncio.run(_serve_one(settings, listener, url, browser))


def _stop(number: int, frame: FrameType | None) -> None:
    """Whoever sends SIGTERM gets an orderly end, whatever is being done."""
    del number, frame
    raise SystemExit(DONE)


def _listen(settings: Settings) -> socket.socket:
    """The socket, bound before anything else is done, so that a taken port costs nothing."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio has connections send at once (TCP_NODELAY) only where the protocol is named. Else the
    # body of an answer waits until its head is acknowledged: 40 ms, with a client that stays.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
        listener.set_inheritable(True)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
            "choose another one with --host and --port"
        ) from error
    return listener


def _with_token(settings: Settings) -> Settings:
    """A server that others can reach has a token: the first start makes one and shows it once."""
    if not settings.tokens_required or settings.tokens or settings.anonymous_read:
        return settings
    secret = secrets.token_urlsafe(24)
    file = settings.tokens_file or settings.data_dir / "tokens"
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as lines:
        lines.write(f"admin=admin:sha256:{digest_of(secret).hex()}\n")
    say(f"This server asks for a token. Yours, shown only now: {secret}")
    return Settings.load(**_explicit(settings), tokens_file=file)


def _explicit(settings: Settings) -> dict[str, Any]:
    names = ("host", "port", "data_dir", "database_url", "workers")
    return {name: getattr(settings, name) for name in names}


def _add_roots(settings: Settings, directories: Sequence[Path]) -> list[Root]:
    """Directories named on the command line are roots from now on, and are scanned."""
    if not directories:
        return []
    with (
        acting_as("command:serve"),
        Store.open(settings.database_url, **settings.store_options) as store,
    ):
        roots = [ensure_root(store, directory) for directory in directories]
        jobs = JobRepository(store)
        for root, name in [(one, name) for one in roots for name in scanned_by(one)]:
            jobs.submit(
                new_job(
                    f"{name}.scan",
                    {"root_id": root.id},
                    uniqueness_key=scan_key(name, root.id),
                    time_limit=None,
                    stall_limit=900.0,
                    repeatable=True,
                    max_attempts=3,
                )
            )
    return roots


class _Server(uvicorn.Server):
    """Says when it answers; lets streams end when it is told to stop."""

    def __init__(self, settings: Settings, url: str, browser: bool) -> None:
        self._app = create_app(settings)
        super().__init__(_config(settings, self._app))
        self._url = url
        self._browser = browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            _ready(self._url, self._browser)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        stop_streams(self._app)
        super().handle_exit(sig, frame)


def _ready(url: str, browser: bool) -> None:
    sys.stdout.write(f"Mustela is ready at {url}\n")
    sys.stdout.flush()
    if browser and sys.stdout.isatty() and _has_screen():
        seen = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
        # Some browsers return when they are closed.
        threading.Thread(target=webbrowser.open, args=(seen,), daemon=True).start()


def _has_screen() -> bool:
    """Not a browser that would take the terminal over."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _config(settings: Settings, application: Any, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # it would cost memory for each socket, and saves little
        **options,
    )


async def _serve_one(settings: Settings, listener: socket.socket, url: str, browser: bool) -> int:
    server = _Server(settings, url, browser)
    settle()
    try:
        await server.serve([listener])
    except SystemExit as end:
        if end.code == STARTUP_FAILURE:  # it has said why
            return USAGE
        raise
    return DONE


def _serve_many(settings: Settings, listener: socket.socket, url: str, browser: bool) -> int:
    os.environ[_HANDED_DOWN] = msgspec.json.encode(
        {name: str(value) for name, value in _explicit(settings).items()}
    ).decode()
    config = _config(
        settings, "mustela.commands.serve:application", factory=True, workers=settings.workers
    )
    supervisor = _Supervisor(config, listener, url, browser)
    supervisor.run()
    return supervisor.status


class _Supervisor(Multiprocess):
    """Starts server processes, and others where one dies; says when they answer."""

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, url: str, browser: bool
    ) -> None:
        super().__init__(config, [listener])
        self._url = url
        self._browser = browser
        self.status = USAGE

    def init_processes(self) -> None:
        super().init_processes()
        if all(one.wait_until_ready(_READY_SECONDS, self.should_exit) for one in self.processes):
            _ready(self._url, self._browser)

    def handle_int(self) -> None:
        self.status = CANCELLED
        super().handle_int()

    def handle_term(self) -> None:
        self.status = DONE
        super().handle_term()

    def handle_hup(self) -> None:
        """The terminal was closed."""
        self.handle_term()


def application() -> Any:
    """The application of one of several server processes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    values = msgspec.json.decode(os.environ[_HANDED_DOWN], type=dict[str, Any])
    settings = Settings.load(**values)
    start_logging(settings)
    made = create_app(settings)
    settle()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _after_streams(made, signal.getsignal(number)))
    return made


def _after_streams(app: FastAPI, then: Any) -> Callable[[int, FrameType | None], None]:
    """A signal's handler: streams end, then what uvicorn does happens."""

    def stop(number: int, frame: FrameType | None) -> None:
        stop_streams(app)
        then(number, frame)

    return stop


def _end_with(parent: BaseProcess) -> None:
    """Nobody could stop a server process whose parent was killed."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
