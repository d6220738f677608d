"""Print the changelog's section of a version: ``release_notes.py v0.1.0 [CHANGELOG.md]``.

A heading reads ``## 0.1.0`` with whatever after it, as in ``## 0.1.0 - 2026-12-01``. Exit status 1
where there is no such section, or nothing in it, or where the package has another version.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_LINK = re.compile(r"^\[[^\]]+\]: \S+$", re.MULTILINE)


def section(changelog: str, version: str) -> str:
    """What the changelog says of a version; empty where it says nothing."""
    heading = rf"^## \[?{re.escape(version)}\]?(?![\w.+-])[^\n]*\n"
    found = re.search(heading + r"(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE)
    return _LINK.sub("", found[1]).strip() if found else ""


def package_version(project: Path = PROJECT) -> str:
    """The version that the package says it has."""
    text = (project / "src/mustela/__init__.py").read_text(encoding="utf-8")
    found = _VERSION.search(text)
    if found is None:
        raise SystemExit("src/mustela/__init__.py has no __version__")
    return found[1]


def main(arguments: list[str]) -> int:
    """Print the notes, or say what is missing."""
    tag, *rest = arguments
    version = tag.removeprefix("v")
    if version != package_version():
        print(f"the tag is {tag}, the package is {package_version()}", file=sys.stderr)
        return 1
    changelog = Path(rest[0]) if rest else PROJECT / "CHANGELOG.md"
    notes = section(changelog.read_text(encoding="utf-8"), version)
    if not notes:
        print(f"{changelog.name} has no section '## {version}', or an empty one", file=sys.stderr)
        return 1
    print(notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
