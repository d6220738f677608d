"""``mustela`` as processes of their own, as a shell starts them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from typing import Any

import httpx

#: Seconds that a test waits for what has to happen; much longer than it takes.
PATIENCE = 60.0
READY = re.compile(r"Mustela is ready at (http://\S+)\n")
HERE = Path(__file__).parent


def eventually(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What ``condition`` answers, as soon as that is true."""
    until = time.monotonic() + patience
    while not (answer := condition()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)
    return answer


def environment(home: Path, **variables: str) -> dict[str, str]:
    """No settings of this machine's. Nothing is scanned that a test did not ask for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTELA_")}
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "MUSTELA_WATCH_ROOTS": "false",
        **variables,
    }


def unmeasured(variables: dict[str, str]) -> dict[str, str]:
    """Without coverage, whose own handler of SIGTERM writes its file in the midst of writing it."""
    return {name: value for name, value in variables.items() if "COVERAGE" not in name}


def run(
    *arguments: str | Path, home: Path, variables: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "mustela", *map(str, arguments)],
        env=environment(home, **(variables or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **options,
    )


class Running:
    """A process of ``mustela`` in a process group of its own."""

    def __init__(
        self,
        *arguments: str | Path,
        home: Path,
        variables: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        home.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mustela", *map(str, arguments)],
            env=unmeasured(environment(home, **(variables or {}))),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=cwd,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.out)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.err)),
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(pipe: Any, lines: list[str]) -> None:
        with pipe:
            lines.extend(iter(pipe.readline, ""))

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: Signals) -> None:
        """To the whole group, as a terminal does at Ctrl-C."""
        os.killpg(self.pid, number)

    def end(self, number: Signals | None = None) -> int:
        """The exit status, after everything that it printed was read."""
        if number is not None:
            self.signal(number)
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status

    def kill(self) -> None:
        """Whatever is left of it."""
        for number in (Signals.SIGCONT, Signals.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                break
        self.end()


class Server(Running):
    """``mustela serve``, on a free port."""

    def __init__(
        self,
        *arguments: str | Path,
        data: Path,
        variables: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> None:
        super().__init__(
            *("serve", "--port", "0", "--data-dir", data, *arguments),
            home=data.parent / "home",
            variables=variables,
        )
        self.data = data
        self._token = token
        self._url: str | None = None
        self._client: httpx.Client | None = None

    @property
    def url(self) -> str:
        """Where it answers; waits for that."""
        url = self._url = self._url or str(eventually(self._said_ready))
        return url.replace("//0.0.0.0:", "//127.0.0.1:")

    def _said_ready(self) -> str | None:
        if self.process.poll() is not None:
            self.end()
            raise AssertionError(f"it ended: {''.join(self.err)}")
        return next((found[1] for line in self.out if (found := READY.fullmatch(line))), None)

    @property
    def client(self) -> httpx.Client:
        if self._client is None:
            headers = {} if self._token is None else {"Authorization": f"Bearer {self._token}"}
            self._client = httpx.Client(
                base_url=self.url + "/api/v1", headers=headers, timeout=PATIENCE, trust_env=False
            )
        return self._client

    def get(self, path: str, **query: Any) -> Any:
        """The JSON that a route answers."""
        response = self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def paths(self) -> list[str]:
        """The paths of all videos, sorted."""
        return sorted(video["path"] for video in self.get("/videos", limit=1000)["items"])

    def jobs(self, type: str = "video.scan") -> list[Any]:
        """Jobs, newest first."""
        found: list[Any] = self.get("/jobs", type=type)["items"]
        return found

    def scanned(self) -> Any:
        """The newest scan, when it has ended."""
        return eventually(
            lambda: (jobs := self.jobs()) and jobs[0]["status"] == "completed" and jobs[0]
        )

    def kill(self) -> None:
        if self._client is not None:
            self._client.close()
        super().kill()


@contextmanager
def serving(*arguments: str | Path, data: Path, **options: Any) -> Iterator[Server]:
    """A server that does not outlive the block."""
    server = Server(*arguments, data=data, **options)
    try:
        yield server
    finally:
        server.kill()


class Gate:
    """Holds what examines files before those with ``held`` in their name: see gate/."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    @property
    def variables(self) -> dict[str, str]:
        return {
            "PYTHONPATH": os.pathsep.join([str(HERE / "e2e" / "gate"), *filter(None, sys.path)]),
            "MUSTELA_TEST_GATE": str(self._path),
        }

    def waiting(self, beside: Running) -> list[tuple[int, int]]:
        """The ids of processes that wait, and of their parents; waits for the first."""

        def arrived() -> list[str]:
            assert beside.process.poll() is None, beside.err
            return self._path.read_text().splitlines()

        lines = eventually(arrived)
        return [(int(pid), int(parent)) for pid, parent in map(str.split, lines)]

    def open(self) -> None:
        self._path.unlink()


def is_alive(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return not status.parent.parent.is_dir() or ") Z " not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def group(pid: int) -> list[int]:
    """The living processes of a process group (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == pid and is_alive(int(entry.name)):
                    found.append(int(entry.name))
            except (ProcessLookupError, PermissionError):
                continue
    return found


def gone(pid: int) -> None:
    """Waits until there is no such process."""
    eventually(lambda: not is_alive(pid))
