"""The reference says what the code says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import msgspec
import pytest

import mustela
from docs import generate
from mustela.errors import MustelaError
from mustela.files import exclude
from mustela.files.file_failures import PASSING_STAGES
from mustela.files.scan_record import ScanResult
from mustela.http.problems import status_of
from mustela.jobs.record import ENDED, JobDocument
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.images.record import Image
from mustela.radio.imaging.facts import FLAGS
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.sources.record import Source
from mustela.settings import Settings, documented
from mustela.store.record import Record
from mustela.video.record import Video
from tests.docs.pages import DOCS, blocks, rows

REFERENCE = DOCS / "reference"


def named(cell: str) -> list[str]:
    """What stands in code letters in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def first_column(page: str, *titles: str) -> list[str]:
    return [name for row in rows(REFERENCE / page, titles=titles) for name in named(row[0])]


# ------------------------------------------------------------------------------- generated parts


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_parts_are_up_to_date(name: str) -> None:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    assert generate.generated(text) == text, "run: .venv/bin/python docs/generate.py"


def test_every_part_stands_in_a_page() -> None:
    texts = "".join((REFERENCE / name).read_text(encoding="utf-8") for name in generate.PAGES)
    for part in generate.PARTS:
        assert f"<!-- generated: {part} -->" in texts


def test_every_setting_has_its_variable_default_and_description() -> None:
    titles = ("setting", "variable", "default", "what it does")
    shown = {row[0]: row[1:] for row in rows(REFERENCE / "settings.md", titles=titles)}
    for setting in documented():
        variable, default, description = shown.pop(f"`{setting.name}`")
        assert variable == f"`MUSTELA_{setting.name.upper()}`"
        assert default == generate.default_of(setting)
        assert description == setting.description
    assert not shown


def test_the_help_is_what_the_command_prints() -> None:
    pages = {block.body for block in blocks(REFERENCE / "commands.md")}
    environment = {**os.environ, "COLUMNS": str(generate.COLUMNS), "PYTHONIOENCODING": "utf-8"}
    for words in ((), ("scan",), ("db", "restore")):
        said = subprocess.run(
            [sys.executable, "-m", "mustela", *words, "--help"],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
        assert said.stdout in pages


def test_the_settings_file_in_the_reference_can_be_read(tmp_path: Path) -> None:
    (block,) = (one for one in blocks(REFERENCE / "settings.md") if one.language == "toml")
    config = tmp_path / "mustela.toml"
    config.write_text(block.body, encoding="utf-8")
    settings = Settings.load(config=config, environ={}, tokens_file=None)
    assert settings.port == 8080
    assert settings.allowed_hosts == ("footage.example.org",)


# ---------------------------------------------------------------------------------------- errors


def every_error() -> dict[str, type[MustelaError]]:
    """The errors of the package by their codes."""
    for module in walk_packages(mustela.__path__, "mustela."):
        if ".migrations." not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    found: dict[str, type[MustelaError]] = {}
    for kind in _with_subclasses(MustelaError):
        if kind.__module__.partition(".")[0] == "mustela":
            assert found.get(kind.code, kind) is kind, f"two errors have the code {kind.code}"
            found[kind.code] = kind
    return found


def _with_subclasses(kind: type[MustelaError]) -> Iterator[type[MustelaError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _with_subclasses(below)


def test_every_error_code_is_documented_with_its_status() -> None:
    errors = every_error()
    over_http = list(rows(REFERENCE / "errors.md", titles=("code", "status", "means", "do")))
    at_start = list(rows(REFERENCE / "errors.md", titles=("code", "means", "do")))
    codes = [named(row[0])[0] for row in (*over_http, *at_start)]
    assert sorted(codes) == sorted(errors)
    for row in over_http:
        assert (row[0], int(row[1])) == (row[0], status_of(errors[named(row[0])[0]]))
    for row in (*over_http, *at_start):
        assert row[-2]


# ------------------------------------------------------------------------- records and their words


def test_every_field_of_a_video_is_documented() -> None:
    shown = first_column("video.md", "field", "unit", "means")
    assert sorted(shown) == sorted(Video.public.__struct_fields__)


@pytest.mark.parametrize(
    ("title", "record"),
    [
        ("Images", Image),
        ("Measurement Sets", MeasurementSet),
        ("Calibration tables", CalibrationTable),
        ("Sources", Source),
    ],
)
def test_every_field_of_the_radio_collection_is_documented(
    title: str, record: type[Record]
) -> None:
    page = (REFERENCE / "radio.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {title}\n(.*?)(?=^##)", page, re.DOTALL | re.MULTILINE)
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    shown = [name for cell in cells for name in named(cell)]
    assert sorted(shown) == sorted(record.public.__struct_fields__)


def test_every_flag_of_an_image_is_documented() -> None:
    assert first_column("radio.md", "flag", "means") == sorted(FLAGS)


def test_the_example_of_a_video_has_its_fields() -> None:
    examples = [block for block in blocks(REFERENCE / "http.md") if block.language == "json"]
    page = msgspec.json.decode(examples[0].body)
    assert tuple(page["items"][0]) == Video.public.__struct_fields__
    msgspec.convert(page["items"][0], Video.public)


def test_every_count_of_a_scan_is_documented() -> None:
    shown = first_column("files.md", "count", "files that")
    shown += first_column("files.md", "field", "means")
    assert set(shown) == set(ScanResult.__struct_fields__) - {"entries"}


def test_every_reason_for_distrust_is_documented() -> None:
    shown = first_column("files.md", "`distrust`", "the root", "what the scan does")
    assert shown == ["absent", "empty", "replaced"]


def test_stages_that_are_tried_again_are_documented() -> None:
    table = rows(REFERENCE / "files.md", titles=("stage", "means", "tried again"))
    again = {stage: row[2] for row in table for stage in named(row[0])}
    assert {stage for stage, when in again.items() if when == "at every scan"} == set(
        PASSING_STAGES
    )


def test_every_name_that_scans_leave_out_is_documented() -> None:
    text = (REFERENCE / "files.md").read_text(encoding="utf-8").lower()
    assert [name for name in exclude._SYSTEM_NAMES if f"`{name}`" not in text] == []


def test_every_status_and_field_of_a_job_is_documented() -> None:
    statuses = first_column("jobs.md", "status", "means")
    assert statuses[:2] == ["pending", "running"]
    assert set(statuses[2:]) == ENDED
    table = rows(REFERENCE / "jobs.md", titles=("field", "means"))
    fields = {name for row in table for name in named(row[0])}
    assert fields == set(JobDocument.__struct_fields__)
