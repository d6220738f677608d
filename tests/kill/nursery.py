"""``python -m tests.kill.nursery DATA``: has everything imported, and forks a server when asked.

A server that is killed and started again hundreds of times would spend its life importing. Each
line of input forks one; the line of output is its process id. It then is a process like any other:
its own session, its own port, the real application on the real files. It writes its address to
``<data>/../addresses/<pid>`` once it answers.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from mustela.app import SHIPPED, create_app
from mustela.commands.process import settle
from mustela.settings import Settings
from tests.kill.collection import KILL
from tests.kill.mutants import MUTANT, MUTANTS


def main(data: Path) -> None:
    """Nobody waits for the children: the kernel clears them away."""
    if mutant := os.environ.get(MUTANT):
        MUTANTS[mutant][0]()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _serve(data)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _serve(data: Path) -> None:
    """The child: never returns."""
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        asyncio.run(_run(data))
    finally:
        os._exit(1)


async def _run(data: Path) -> None:
    settings = Settings.load(environ={}, data_dir=data, children=1)
    application = create_app(settings, with_collections=[*SHIPPED, KILL])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.001)
        if server.started:
            settle()
            _tell(data, f"http://127.0.0.1:{listener.getsockname()[1]}")
        await serving


def _tell(data: Path, address: str) -> None:
    """All of it at once: whoever sees the file can read it."""
    place = data.parent / "addresses" / str(os.getpid())
    place.parent.mkdir(exist_ok=True)
    unfinished = place.with_suffix(".new")
    unfinished.write_text(address)
    unfinished.rename(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
