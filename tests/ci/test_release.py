"""What is released: the notes, and what is in the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mustela
from tests.ci.scripts import GITHUB, PROJECT, script

notes = script("release_notes")
wheels = script("check_wheel")

CHANGELOG = """# Changelog

All that a user would notice.

## Unreleased

Nothing yet.

## [1.2.0] - 2027-02-03

*The animal swims.*

### Added

- A pond.

## 1.2.0rc1 (2027-02-01)

- A puddle.

## 1.10.0

## 1.1.0

- Fur.

[1.2.0]: https://example.org/1.2.0
"""


# ---------------------------------------------------------------------------------------- the notes


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.2.0", "*The animal swims.*\n\n### Added\n\n- A pond."),
        ("1.2.0rc1", "- A puddle."),
        ("1.1.0", "- Fur."),
        ("1.10.0", ""),
        ("1.1", ""),
        ("2.0.0", ""),
        ("1x2.0", ""),
    ],
)
def test_the_notes_are_the_section_of_the_version(version: str, said: str) -> None:
    assert notes.section(CHANGELOG, version) == said


def test_the_version_is_the_packages_own() -> None:
    assert notes.package_version() == mustela.__version__


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(GITHUB / "release_notes.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tag_of_another_version_is_refused() -> None:
    done = run("v99.0.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"the tag is v99.0.0, the package is {mustela.__version__}\n"


def test_a_version_without_a_section_is_refused(tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(f"# Changelog\n\n## {mustela.__version__}\n\n## 0.0.1\n\n- An egg.\n")
    done = run(f"v{mustela.__version__}", str(changelog))
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no section" in done.stderr
    changelog.write_text(f"## {mustela.__version__} - today\n\n- It is born.\n")
    done = run(f"v{mustela.__version__}", str(changelog))
    assert (done.returncode, done.stdout, done.stderr) == (0, "- It is born.\n", "")


def test_the_changelog_speaks_of_this_version_or_of_one_to_come() -> None:
    """Before a release the heading reads *Unreleased*; the tag is refused until it does not."""
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    (first, *_) = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert first.startswith("Unreleased") or notes.section(text, mustela.__version__)


# ---------------------------------------------------------------------------------------- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this tree, with the tools that `make` has installed."""
    directory = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(directory),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (built,) = directory.glob("*.whl")
    return built


def test_all_of_the_package_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    sizes = wheels.sizes_of(wheel)
    assert wheels.problems(sizes, wheels.package_files()) == []
    assert wheel.name == f"mustela-{mustela.__version__}-py3-none-any.whl"


def test_the_wheel_brings_its_types_its_migrations_its_page_and_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "mustela/py.typed" in names
    for ending in (".sql", ".mako", ".html", ".css", ".js", ".svg"):
        assert any(name.endswith(ending) for name in names), ending
    assert [name for name in names if "/licenses/" in name] == [
        f"mustela-{mustela.__version__}.dist-info/licenses/{name}" for name in ("LICENSE", "NOTICE")
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mustela/py.typed": None}, "mustela/py.typed is missing"),
        ({"mustela/web/index.html": None}, "mustela/web/index.html is missing"),
        ({"tests/test_app.py": 10}, "tests/test_app.py has no place in it"),
        ({"mustela_extra/x.py": 10}, "mustela_extra/x.py has no place in it"),
        ({"mustela/web/film.mp4": 1_000_001}, "mustela/web/film.mp4 has 1,000,001 bytes"),
    ],
)
def test_a_wheel_that_is_not_right_is_refused(
    wheel: Path, change: dict[str, int | None], said: str
) -> None:
    sizes = wheels.sizes_of(wheel) | change
    found = wheels.problems(
        {name: size for name, size in sizes.items() if size is not None}, wheels.package_files()
    )
    assert found == [said]


def test_a_wheel_without_the_sql_of_its_migrations_is_refused(wheel: Path) -> None:
    sizes = {name: size for name, size in wheels.sizes_of(wheel).items() if ".sql" not in name}
    found = wheels.problems(sizes, wheels.package_files())
    assert "there is no SQL of a migration in it" in found
    assert len(found) > 1


def test_the_archive_that_is_built_from_has_what_the_build_needs(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "sdist",
            "--directory",
            str(tmp_path),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (archive,) = tmp_path.glob("*.tar.gz")
    listed = subprocess.run(
        ["tar", "-tzf", str(archive)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    inside = {name.partition("/")[2] for name in listed}
    needed = {"pyproject.toml", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md"}
    needed |= {f"src/{name}" for name in wheels.package_files()}
    assert needed - inside == set()
