"""A client that speaks to two servers in turn, and holds each to what the other one said."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import httpx
import psycopg

from mustela.jobs.testing import Told, Unanswered, Violation
from tests.cluster.collection import SHORT
from tests.cluster.fleet import Fleet

VIDEOS = "/videos?limit=1000&sort=filename"
ENDED = frozenset({"completed", "failed", "timeout", "cancelled"})
#: Seconds that a job which was cancelled is given; it may have to be taken from a dead worker.
CANCELLED_WITHIN = 60
#: Jobs that are submitted one after the other, and how many milliseconds they take, at most.
BURST, LONGEST = 6, 300
#: Milliseconds that a job takes which nobody cancels, since the request for it got no answer.
LONG = 40_000


class Seen:
    """What all clients saw together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tags: dict[str, str] = {}
        self.told = Told()
        #: Jobs of which a server said that they are being cancelled.
        self.cancelled: set[str] = set()
        #: Those for which nobody answered.
        self.in_doubt: set[str] = set()
        self.violations: list[Violation] = []
        #: How often what was done.
        self.counts: Counter[str] = Counter()

    def violated(self, kind: Any, detail: str) -> None:
        with self._lock:
            self.violations.append(Violation(kind, detail))

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def tagged(self, tag: str, body: bytes) -> None:
        """Whoever gives this ``ETag`` has to give this answer."""
        digest = hashlib.sha256(body).hexdigest()
        with self._lock:
            before = self._tags.setdefault(tag, digest)
        if before != digest:
            self.violated("answered_wrongly", f"two different answers have the ETag {tag}")


class ClusterClient:
    """One thread's. It alone writes every ``of``-th video."""

    def __init__(self, fleet: Fleet, seen: Seen, number: int, of: int) -> None:
        self._fleet = fleet
        self._seen = seen
        self._number, self._of = number, of
        self._http = httpx.Client(timeout=120, trust_env=False)
        self._mine: list[str] = []
        self._kinds = [*[self._job] * 6, *[self._edit] * 4, self._cancel, self._look]

    def close(self) -> None:
        self._http.close()
        self._fleet.database.forget()

    def act(self, chance: Random) -> None:
        """Something, by one server or both. What gets no answer for no reason is a violation.

        Raises ``Unanswered`` where there was a reason.
        """
        began = time.monotonic()
        try:
            chance.choice(self._kinds)(chance)
        except Unanswered as error:
            self._seen.count("unanswered")
            if not any(self._fleet.trouble.since(server, began) for server in (0, 1)):
                self._seen.violated("answered_wrongly", f"no answer: {error.message}")
            raise

    # Requests.

    def ask(self, server: int, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises ``Unanswered``."""
        url = f"{self._fleet.addresses[server]}/api/v1{path}"
        try:
            answer = self._http.request(method, url, **options)
        except httpx.TransportError as error:
            raise Unanswered(f"{method} {path} of server {server}: {error!r}") from error
        if answer.status_code == 503:
            raise Unanswered(f"{method} {path} of server {server}: {answer.text}")
        assert answer.is_success or answer.status_code == 304, f"{method} {path}: {answer.text}"
        return answer

    def send(self, server: int, method: str, path: str, **options: Any) -> Any:
        return self.ask(server, method, path, **options).json()

    def _submit(self, server: int, type: str, milliseconds: int) -> str:
        order = {"milliseconds": milliseconds}
        id = str(self.send(server, "POST", f"/cluster/{type}", json=order)["job_id"])
        self._seen.told.job(id)
        return id

    # What it does.

    def _job(self, chance: Random) -> None:
        """Some submitted here, and the last of them now and then waited for there."""
        here = chance.randrange(2)
        id = ""
        for _ in range(chance.randint(1, BURST)):
            id = self._submit(here, chance.choice(SHORT), chance.randrange(LONGEST))
        if chance.random() < 0.3:
            job = self.send(1 - here, "GET", f"/jobs/{id}/wait?timeout={CANCELLED_WITHIN}")
            self._seen.count("waits")
            if job["status"] not in ENDED:
                self._seen.violated("job_lost", f"the other server waited in vain for {id}")

    def _cancel(self, chance: Random) -> None:
        """Submitted here, cancelled there, and waited for here."""
        here = chance.randrange(2)
        id = self._submit(here, "cluster.long", LONG)
        while chance.random() < 0.5 and self._pending(here, id):
            time.sleep(0.02)  # in half of the cases it runs when it is cancelled
        try:
            job = self._cancel_by(1 - here, id)
        except Unanswered:
            job = self._cancel_by(here, id)
        if job["status"] in ENDED - {"cancelled"}:
            return  # that came too late
        self._seen.cancelled.add(id)
        job = self.send(here, "GET", f"/jobs/{id}/wait?timeout={CANCELLED_WITHIN}")
        self._seen.count("cancels")
        if job["status"] != "cancelled":
            self._seen.violated("job_lost", f"{id} was cancelled there, and is {job['status']}")

    def _cancel_by(self, server: int, id: str) -> Any:
        try:
            job = self.send(server, "POST", f"/jobs/{id}/cancel")
        except Unanswered:
            self._seen.in_doubt.add(id)
            raise
        self._seen.in_doubt.discard(id)
        return job

    def _pending(self, server: int, id: str) -> bool:
        return bool(self.send(server, "GET", f"/jobs/{id}")["status"] == "pending")

    def _edit(self, chance: Random) -> None:
        """Written here; whoever is asked from then on, and with whichever ETag, knows it."""
        here = chance.randrange(2)
        mine = chance.choice(self._own_videos())
        old = self._list(1 - here).headers["ETag"]
        note = f"{self._number}-{chance.getrandbits(40)}"
        with self._seen.told.writing(mine, note):
            self.send(here, "PATCH", f"/videos/{mine}", json={"note": note})
        for server in (1 - here, here):
            answer = self._list(server, old)
            self._seen.count("lists after a write")
            if answer.status_code == 304:
                self._seen.violated("answered_wrongly", f"server {server}: 304 after a change")
            elif (found := _notes(answer)[mine]) != note:
                self._seen.violated(
                    "answered_wrongly",
                    f"server {server} answers {found} for {mine}, which was made {note} before",
                )

    def _look(self, chance: Random) -> None:
        """Where nothing has changed meanwhile, a 304 speaks of what the database holds."""
        here = chance.randrange(2)
        answer = self._list(here)
        with self._database():
            before = self._fleet.database.notes()
            again = self._list(1 - here, answer.headers["ETag"])
            if self._fleet.database.notes() != before:
                return
            if again.status_code == 304:
                self._seen.count("304 compared with the database")
                again = answer
            else:
                self._seen.count("200 compared with the database")
            if _notes(again) != before:
                self._seen.violated("answered_wrongly", f"{_notes(again)}; there was {before}")

    @contextmanager
    def _database(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise Unanswered(f"the database: {error}") from error

    def _own_videos(self) -> list[str]:
        if not self._mine:
            found = self.send(0, "GET", VIDEOS)["items"]
            self._mine = [video["id"] for video in found][self._number :: self._of]
        return self._mine

    def _list(self, server: int, tag: str | None = None) -> httpx.Response:
        headers = {} if tag is None else {"If-None-Match": tag}
        answer = self.ask(server, "GET", VIDEOS, headers=headers)
        if answer.status_code == 200:
            self._seen.tagged(answer.headers["ETag"], answer.content)
        return answer

    # In the end.

    def cancel_rest(self) -> None:
        """What was asked for and not answered is asked for again."""
        for id in sorted(self._seen.in_doubt):
            if self.send(0, "POST", f"/jobs/{id}/cancel")["status"] != "completed":
                self._seen.cancelled.add(id)

    def over(self, server: int, job_id: str) -> bool:
        return self.send(server, "GET", f"/jobs/{job_id}")["status"] in ENDED

    def read(self, server: int, keys: Sequence[str]) -> Mapping[str, Any]:
        found = _notes(self._list(server))
        return {key: found[key] for key in keys if found.get(key) is not None}

    def nothing_changed(self) -> None:
        """Both servers honour the ETag of the other."""
        for here in (0, 1):
            answer = self._list(here)
            again = self._list(1 - here, answer.headers["ETag"])
            if again.status_code != 304:
                self._seen.violated(
                    "answered_wrongly", f"server {1 - here} does not know the ETag of {here}"
                )


def _notes(answer: httpx.Response) -> dict[str, str | None]:
    return {video["id"]: video["note"] for video in answer.json()["items"]}
