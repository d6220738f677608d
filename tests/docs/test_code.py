"""The programs in the guides run: marked ``<!-- tested -->``, each by itself."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.docs.pages import DOCS, PROJECT, Block, blocks
from tests.make_video import make_video
from tests.processes import unmeasured

URL = "http://127.0.0.1:8000"
ID = "01a1fc11-2939-7d68-9be2-b5fd4c640005"
FOOTAGE = "/home/anna/Videos"

PAGES = [DOCS / "quickstart.md", *sorted((DOCS / "how-to").glob("*.md"))]
TESTED = [block for page in PAGES for block in blocks(page) if block.mark is not None]


class Site(NamedTuple):
    """A served library of a few clips."""

    url: str
    video: str
    footage: Path
    data: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all programs: what they change, they leave as a reader's program would."""
    directory = tmp_path_factory.mktemp("site")
    footage, data = directory / "footage", directory / "data"
    footage.mkdir()
    for number, name in enumerate(("Lisbon tram.mp4", "Harbour.mp4")):
        path = make_video(footage / name, frames=25 + number)
        os.utime(path, (1.7e9, 1.7e9))  # as if it had been there for long
    environment = unmeasured({**os.environ, "MUSTELA_DATA_DIR": str(data)})
    command = [sys.executable, "-m", "mustela", "serve", str(footage), "--port=0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        ready = server.stdout.readline()
        url = ready.rpartition(" ")[2].strip()
        assert url.startswith("http://127.0.0.1:"), ready
        yield Site(url, _scanned(url), footage, data)
    finally:
        server.terminate()
        server.communicate()


def _scanned(url: str) -> str:
    """The id of a video, when the first scan is over and its thumbnails are made."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=70) as client:
        for type in ("video.scan", "video.thumbnails"):
            (job,) = client.get("/jobs", params={"type": type}).json()["items"]
            job = client.get(f"/jobs/{job['id']}/wait", params={"timeout": 60}).json()
            assert job["status"] == "completed"
        (video,) = client.get("/videos/search", params={"q": "lisbon"}).json()["items"]
        return str(video["id"])


def test_some_programs_are_tested() -> None:
    assert {block.page.name for block in TESTED} == {
        "add-a-job-type.md",
        "edit-many-and-undo.md",
        "follow-changes.md",
        "query-with-pyvo.md",
        "report-a-pipeline-run.md",
        "report-images-from-a-pipeline.md",
        "test-a-service-by-killing-it.md",
        "use-from-python.md",
        "use-the-http-api.md",
    }


@pytest.mark.parametrize("block", TESTED, ids=lambda block: f"{block.page.stem}:{block.line}")
def test_a_program_in_a_guide_runs(block: Block, site: Site) -> None:
    environment = unmeasured({**os.environ, "MUSTELA_DATA_DIR": str(site.data)})
    before = re.fullmatch(r"tested(?: after: mustela (.+))?", block.mark or "")
    assert before is not None, block.mark
    if before[1] is not None:
        words = [word.replace(FOOTAGE, str(site.footage)) for word in shlex.split(before[1])]
        subprocess.run([sys.executable, "-m", "mustela", *words], check=True, env=environment)
    program = block.body.replace(URL, site.url).replace(ID, site.video)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        cwd=PROJECT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "block",
    [block for page in PAGES for block in blocks(page) if block.language == "python"],
    ids=lambda block: f"{block.page.stem}:{block.line}",
)
def test_every_program_in_a_guide_is_at_least_python(block: Block) -> None:
    compile(block.body, str(block.page), "exec")
