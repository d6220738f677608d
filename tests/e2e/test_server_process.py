"""``mustela serve`` as a person starts, uses, stops and kills it."""

from __future__ import annotations

import shutil
import signal
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Serve
from tests.media import NAMES, settle
from tests.processes import PATIENCE, READY, Gate, Server, eventually, gone, run


def names(library: Path, *more: str) -> list[str]:
    return sorted(str(library / name) for name in (*NAMES, *more))


def test_it_says_once_where_it_answers_and_catalogs_its_directories(
    serve: Serve, library: Path, data: Path
) -> None:
    server = serve(library)
    assert server.get("/health/live")["status"]
    assert server.scanned()["result"]["catalogued"] == 3
    assert server.paths() == names(library)
    assert [root["path"] for root in server.get("/roots")["items"]] == [str(library)]
    page = httpx.get(server.url + "/", trust_env=False)
    assert page.headers["content-type"].startswith("text/html")
    assert server.get("/openapi.json")["info"]["title"] == "Mustela"
    eventually(lambda: all(one["thumbnail_path"] for one in server.get("/videos")["items"]))
    assert server.end(signal.SIGINT) == 130
    assert len(server.out) == 1
    assert READY.fullmatch(server.out[0])
    assert server.err == []
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert not list(data.glob("mustela.lock.holder-*"))
    assert not list((data / "workers").iterdir())


def test_started_again_it_knows_what_it_knew(serve: Serve, library: Path) -> None:
    first = serve(library)
    first.scanned()
    assert first.end(signal.SIGTERM) == 0
    again = serve()
    assert again.paths() == names(library)
    third = serve(library, "--no-browser")
    eventually(lambda: third.jobs()[0]["result"] and len(third.jobs()) == 2)
    assert third.scanned()["result"]["unchanged"] == 3


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_once_amid_a_scan_a_download_and_a_wait(
    serve: Serve, library: Path, gate: Gate, stop: signal.Signals
) -> None:
    with (library / "beach.mp4").open("ab") as large:  # more than sockets buffer
        large.truncate(64 * 1024 * 1024)
    settle(library)
    server = serve(library, variables=gate.variables)
    server.scanned()
    video = next(v for v in server.get("/videos")["items"] if v["filename"] == "beach.mp4")
    shutil.copy(library / "trip" / "mountain.mp4", library / "held.mp4")
    settle(library)
    job = server.client.post("/videos/scan", json={"path": str(library)}).json()["job_id"]
    ((prober, parent), *_) = gate.waiting(server)
    assert parent == server.pid
    answers: list[Any] = []
    waiting = threading.Thread(target=_wait_for, args=(server, job, answers))
    waiting.start()
    with server.client.stream("GET", f"/videos/{video['id']}/stream") as download:
        pieces = download.iter_raw()
        next(pieces)
        status = server.end(stop)
        with pytest.raises(httpx.HTTPError):
            list(pieces)
    assert status == (130 if stop == signal.SIGINT else 0), server.err
    assert "Traceback" not in "".join(server.err)
    waiting.join(PATIENCE)
    assert answers
    gone(prober)

    gate.open()
    again = serve()
    done = eventually(lambda: (one := again.get(f"/jobs/{job}"))["status"] == "completed" and one)
    assert done["result"]["catalogued"] == 1, "the scan went on"
    assert again.paths() == names(library, "held.mp4")


def _wait_for(server: Server, job: str, answers: list[Any]) -> None:
    try:
        answers.append(server.client.get(f"/jobs/{job}/wait", params={"timeout": 600}))
    except httpx.HTTPError as error:
        answers.append(error)


@pytest.mark.faults
def test_a_killed_server_takes_its_children_along_and_the_next_one_goes_on(
    serve: Serve, held_library: Path, gate: Gate
) -> None:
    server = serve(held_library, variables=gate.variables)
    assert server.url
    waiting = gate.waiting(server)
    job = server.jobs()[0]
    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    for pid, _ in waiting:
        gone(pid)
    gate.open()
    again = serve()
    done = again.scanned()
    assert done["id"] == job["id"]
    assert done["attempt"] == 2
    assert again.paths() == names(held_library, "held.mp4")
    checked = run("db", "check", "--data-dir", again.data, home=again.data.parent)
    assert checked.returncode == 0, checked.stderr


def test_a_scan_by_command_is_done_by_the_server_beside_it(
    serve: Serve, held_library: Path, gate: Gate, data: Path, tmp_path: Path
) -> None:
    server = serve(variables=gate.variables)
    assert server.paths() == []
    ended: list[Any] = []
    command = threading.Thread(
        target=lambda: ended.append(
            run("scan", held_library, "--data-dir", data, home=tmp_path / "home")
        )
    )
    command.start()
    assert {parent for _, parent in gate.waiting(server)} == {server.pid}
    gate.open()
    command.join(PATIENCE)
    assert ended[0].returncode == 0, ended[0].stderr
    assert ended[0].stderr == f"{held_library}: 4 catalogued\n"
    assert server.paths() == names(held_library, "held.mp4")
    assert server.scanned()["actor"] == "command:scan"


def test_a_page_shows_at_once_what_a_command_edits(
    serve: Serve, library: Path, data: Path, tmp_path: Path
) -> None:
    server = serve(library)
    server.scanned()
    id_ = server.get("/videos")["items"][0]["id"]
    eventually(lambda: server.get(f"/videos/{id_}")["thumbnail_path"])
    eventually(lambda: {job["status"] for job in server.jobs("video.thumbnails")} == {"completed"})
    before = server.client.get(f"/videos/{id_}")
    assert server.client.get(f"/videos/{id_}").headers["etag"] == before.headers["etag"]
    edited = run("video", "edit", id_, "--rating", "5", "--data-dir", data, home=tmp_path / "home")
    assert edited.returncode == 0, edited.stderr
    after = server.client.get(f"/videos/{id_}", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["rating"] == 5
    assert after.headers["etag"] != before.headers["etag"]
    (change,) = [
        entry
        for entry in server.get(f"/videos/{id_}/history")
        if "rating" in (entry["after"] or {})
    ]
    assert change["actor"] == "command:video edit"


def test_two_servers_on_one_data_directory_share_everything(serve: Serve, library: Path) -> None:
    first, second = serve(library), serve(library)
    assert first.url != second.url
    first.scanned()
    assert first.paths() == second.paths() == names(library)
    id_ = first.get("/videos")["items"][0]["id"]
    changed = first.client.patch(f"/videos/{id_}", json={"note": "seen by both"})
    assert changed.status_code == 200, changed.text
    assert second.get(f"/videos/{id_}")["note"] == "seen by both"
    first.end(signal.SIGTERM)
    assert second.get(f"/videos/{id_}")["note"] == "seen by both"


def test_others_need_the_token_that_the_first_start_showed(
    serve: Serve, library: Path, data: Path
) -> None:
    server = serve("--host", "0.0.0.0")
    refused = httpx.get(f"{server.url}/api/v1/videos", trust_env=False)
    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthorized"
    (said,) = server.err
    token = said.rpartition(" ")[2].strip()
    ways: list[dict[str, Any]] = [
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"auth": ("any", token)},
    ]
    for send in ways:
        answer = httpx.get(f"{server.url}/api/v1/videos", trust_env=False, **send)
        assert answer.status_code == 200
    assert token not in "".join(path.read_text() for path in data.glob("tokens"))
    assert stat.S_IMODE((data / "tokens").stat().st_mode) == 0o600
    server.end(signal.SIGTERM)

    again = serve("--host", "0.0.0.0", token=token)
    assert again.paths() == []
    assert again.err == []


@pytest.mark.slow
def test_without_a_library_it_makes_one_of_samples(serve: Serve, data: Path) -> None:
    server = serve("--sample")
    assert server.scanned()["result"]["catalogued"] >= 12
    assert all(path.startswith(str(data / "samples")) for path in server.paths())


def test_it_scans_by_itself_when_the_last_scan_is_long_ago(serve: Serve, library: Path) -> None:
    server = serve(library, variables={"MUSTELA_SCAN_INTERVAL_MINUTES": "0.01"})
    server.scanned()
    shutil.copy(library / "beach.mp4", library / "new.mp4")
    settle(library)
    eventually(lambda: server.paths() == names(library, "new.mp4"))
    assert server.jobs()[0]["actor"] == "schedule"


def test_its_log_can_be_read_by_programs(serve: Serve) -> None:
    server = serve(variables={"MUSTELA_LOG_FORMAT": "json", "MUSTELA_ACCESS_LOG": "true"})
    server.get("/videos")
    server.end(signal.SIGTERM)
    lines = [httpx.Response(200, text=line).json() for line in server.err]
    (request,) = [line for line in lines if line.get("path") == "/api/v1/videos"]
    assert (request["status"], request["method"], request["level"]) == (200, "GET", "info")


@pytest.mark.faults
def test_a_disk_without_room_is_said_and_nothing_is_left_running(
    serve: Serve, tmp_path: Path
) -> None:
    small = tmp_path / "data"
    small.mkdir()
    if run_quietly("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)):
        pytest.skip("only root may mount a small disk here")
    try:
        server = serve()
        assert server.end() == 2
        assert server.out == []
        (line,) = server.err
        assert line.startswith("mustela: ")
        assert "full" in line or "No space left" in line
    finally:
        run_quietly("umount", str(small))


def run_quietly(*command: str) -> int:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode
    except FileNotFoundError:
        return 127
