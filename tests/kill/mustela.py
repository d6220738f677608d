"""Mustela as the kill suite sees it: how it is started, and what its clients do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import httpx

from mustela.jobs.testing import Command, DidNotStart, Told, Unanswered, Violation, end_group
from tests.kill.collection import JOURNAL
from tests.kill.mutants import MUTANT
from tests.make_video import make_video
from tests.processes import READY, environment, unmeasured

PROJECT = Path(__file__).parents[2]
LONG_AGO = 1_700_000_000
VIDEOS = 6
#: Clients that edit, each videos of its own.
WRITERS = 2
#: Keys that one client alone writes: a tag that a bulk edit gives to every video.
ALL = "all"


def make_library(directory: Path) -> None:
    """A few small files, as if they had been there for long."""
    directory.mkdir()
    for number in range(VIDEOS):
        path = make_video(directory / f"clip {number}.mp4", frames=2, size=(32, 32))
        os.utime(path, (LONG_AGO, LONG_AGO))


class Nursery:
    """Starts servers by forking: see :mod:`tests.kill.nursery`."""

    def __init__(self, data: Path, journal: Path, mutant: str = "") -> None:
        self._addresses = data.parent / "addresses"
        variables = environment(data.parent, **{JOURNAL: str(journal), MUTANT: mutant})
        with (data.parent / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.kill.nursery", str(data)],
                cwd=PROJECT,
                env=unmeasured(variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __call__(self) -> Forked:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("another\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()), self._addresses)

    def close(self) -> None:
        self._process.communicate()


class Forked:
    """A server that the nursery forked."""

    def __init__(self, pid: int, addresses: Path) -> None:
        self.group = pid
        self._place = addresses / str(pid)

    def address(self, patience: float) -> str:
        until = time.monotonic() + patience
        while not self._place.exists():
            if time.monotonic() > until:
                raise DidNotStart(f"server {self.group} did not become ready")
            time.sleep(0.002)
        return self._place.read_text()

    def kill(self, patience: float) -> Sequence[int]:
        outlived = end_group(self.group, patience)
        self._place.unlink(missing_ok=True)  # the id may be used again
        return outlived


def mustela_serve(data: Path, journal: Path) -> Command:
    """The command that people start, with the jobs of the suite as an installed collection."""
    package = data.parent / "site" / "kill_suite-0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: kill-suite\nVersion: 0\n")
    (package / "entry_points.txt").write_text(
        "[mustela.collections]\nkill = tests.kill.collection:KILL\n"
    )
    path = os.pathsep.join([str(package.parent), str(PROJECT)])
    return Command(
        [sys.executable, "-m", "mustela", "serve", "--port=0", f"--data-dir={data}"],
        ready=READY.pattern.strip(),
        environment=unmeasured(
            environment(data.parent, PYTHONPATH=path, **{JOURNAL: str(journal)})
        ),
        log=data.parent / "log",
    )


class MustelaClient:
    """Short jobs, edits, bulk edits, and now and then a scan."""

    def __init__(self, address: str, number: int, *, library: Path) -> None:
        self._number = number
        self._library = library
        self._http = httpx.Client(base_url=f"{address}/api/v1", timeout=60, trust_env=False)
        self._ids: list[str] = []
        self._kinds = [self._scan] + [self._job] * 40
        if number < WRITERS:
            self._kinds += [self._edit] * 60
        if number == 0:
            self._kinds += [self._edit_all] * 10

    def add_root(self) -> None:
        """Have the library in the catalog."""
        self._send("POST", "/roots", json={"path": str(self._library)})
        job = self._send("POST", "/videos/scan", json={"path": str(self._library)})["job_id"]
        assert self._send("GET", f"/jobs/{job}/wait?timeout=60")["status"] == "completed"

    def act(self, chance: Random, told: Told) -> None:
        chance.choice(self._kinds)(chance, told)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise Unanswered(f"{method} {path}: {error!r}") from error
        if answer.status_code == 503:
            raise Unanswered(f"{method} {path}: {answer.text}")
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _videos(self) -> list[str]:
        if not self._ids:
            found = self._send("GET", "/videos", params={"sort": "filename"})["items"]
            self._ids = [video["id"] for video in found]
        return self._ids

    def _edit(self, chance: Random, told: Told) -> None:
        mine = self._videos()[self._number :: WRITERS]
        id, note = chance.choice(mine), f"{self._number}-{chance.getrandbits(40)}"
        with told.writing(id, note):
            self._send("PATCH", f"/videos/{id}", json={"note": note})

    def _edit_all(self, chance: Random, told: Told) -> None:
        tag = f"t{chance.getrandbits(40)}"
        with told.writing(ALL, tag):
            self._send("POST", "/videos/edit", json={"filter": {}, "tags": [tag]})

    def _job(self, chance: Random, told: Told) -> None:
        type = chance.choice(["kill.once", "kill.again", "kill.thread", "kill.retried"])
        order = {"milliseconds": chance.randrange(60)}
        told.job(self._send("POST", f"/kill/{type}", json=order)["job_id"])

    def _scan(self, chance: Random, told: Told) -> None:
        order = {"path": str(self._library)}
        told.job(self._send("POST", "/videos/scan", json=order)["job_id"])

    def over(self, job_id: str) -> bool:
        answer = self._http.get(f"/jobs/{job_id}")
        return answer.status_code == 200 and answer.json()["status"] in {
            "completed",
            "failed",
            "timeout",
            "cancelled",
        }

    def read(self, keys: Sequence[str]) -> Mapping[str, Any]:
        videos = self._send("GET", "/videos", params={"limit": 1000})["items"]
        found = {video["id"]: video["note"] for video in videos if video["note"] is not None}
        tags = {tuple(video["tags"]) for video in videos}
        if tags != {()}:
            found[ALL] = tags.pop()[0] if len(tags) == 1 else sorted(tags)
        return {key: found[key] for key in keys if key in found}

    def everything_is_kept(self, told: Told) -> Iterator[Violation]:
        """Each write ever acknowledged stands in the audit, and each job in the list of jobs."""
        kept = {
            (entry["record_id"], entry["after"]["note"])
            for entry in self._all("/audit?limit=1000&topic=video")
            if entry["action"] == "update" and "note" in (entry["after"] or {})
        }
        for key, value in told.writes:
            if key != ALL and (key, value) not in kept:
                yield Violation("write_lost", f"the audit does not know that {key} became {value}")
        jobs = {job["id"] for job in self._all("/jobs?limit=1000")}
        for id in told.jobs - jobs:
            yield Violation("job_lost", f"job {id} is not in the list of jobs")

    def _all(self, path: str) -> Iterator[Any]:
        while path:
            page = self._send("GET", path.removeprefix("/api/v1"))
            yield from page["items"]
            path = page["next"]

    def close(self) -> None:
        self._http.close()
