"""Servers in processes of their own, and wrk, which asks them."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.contenders.http_server import free_port
from mustela.store.kept_records import KEPT_BYTES

CONNECTIONS = 32

_SCRIPT = """
local requests, position = {}, 0
init = function()
  for path in io.lines("PATHS") do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end
request = function()
  position = position % #requests + 1
  return requests[position]
end
"""

_SOAK = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("SOAK %f %f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class Soak(NamedTuple):
    """Answers a second, the 99th percentile of how long they took (ms), and what went wrong."""

    rate: float
    p99: float
    errors: int


def wrk() -> str | None:
    """Where the load generator is."""
    return shutil.which("wrk")


class Server:
    """One server process: ``Server("uvicorn", "asyncio", "httptools", database)``.

    It keeps ``cache_bytes`` of answers and ``kept_bytes`` of encoded records.
    """

    def __init__(
        self,
        server: str,
        loop: str,
        parser: str,
        database: Path,
        *,
        cache_bytes: int = 0,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.contenders.http_server",
                *map(str, (server, loop, parser, database, cache_bytes, kept_bytes, self.port)),
            ],
        )
        self._scripts = tempfile.TemporaryDirectory(prefix="mustela-bench-wrk-")
        self._wait()

    def _wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get("/bare")
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def get(self, path: str) -> tuple[bytes, str]:
        """The body and the ETag of an answer, which must be 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f"{path}: {response.status} {body[:300]!r}")
            return body, response.headers.get("ETag", "")
        finally:
            connection.close()

    def rate(self, paths: Sequence[str], seconds: float, headers: Sequence[str] = ()) -> float:
        """Answers a second, asked by as many connections as there are in every measurement."""
        script = Path(self._scripts.name, f"{abs(hash(tuple(paths)))}.lua")
        if not script.exists():
            listed = script.with_suffix(".txt")
            listed.write_text("".join(f"{path}\n" for path in paths))
            script.write_text(_SCRIPT.replace("PATHS", str(listed)))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
        for header in headers:
            command += ["-H", header]
        command += ["-s", str(script), f"http://127.0.0.1:{self.port}"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"not every answer was good: {said}")
        return float(said.partition("Requests/sec:")[2].split()[0])

    def soak(self, path: str, seconds: float, connections: int) -> Soak:
        """One path, asked by many connections."""
        script = Path(self._scripts.name, "soak.lua")
        script.write_text(_SOAK)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", str(script), f"http://127.0.0.1:{self.port}{path}"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rate, p99, errors = said.partition("SOAK")[2].split()
        return Soak(float(rate), float(p99), int(errors))

    def processor_seconds(self) -> float | None:
        """Processor time that the server has taken so far; None where that is not told (Linux)."""
        threads = list(Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"))
        if not threads:
            return None
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._scripts.cleanup()
