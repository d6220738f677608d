"""Look into a wheel: ``check_wheel.py WHEEL``. Is all of the package in it, and nothing else?

Exit status 1 where a file of ``src/mustela`` is missing, where there is anything besides the
package and its metadata, or where a file is larger than a megabyte.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = "mustela"
#: Without these the package is no package, whatever is in the tree that it was built from.
NEEDED = (
    "mustela/py.typed",
    "mustela/web/index.html",
    "mustela/store/migrations/script.py.mako",
)
LARGEST = 1_000_000


def problems(sizes: dict[str, int], expected: Iterable[str]) -> list[str]:
    """What is wrong with a wheel whose files have these sizes."""
    found = [f"{name} is missing" for name in sorted({*expected, *NEEDED} - set(sizes))]
    found += [f"{name} has no place in it" for name in sorted(sizes) if not _ours(name)]
    found += [
        f"{name} has {size:,} bytes" for name, size in sorted(sizes.items()) if size > LARGEST
    ]
    if not any(name.endswith(".sql") and "/migrations/" in name for name in sizes):
        found.append("there is no SQL of a migration in it")
    return found


def _ours(name: str) -> bool:
    top = name.partition("/")[0]
    return top == PACKAGE or (top.startswith(f"{PACKAGE}-") and top.endswith(".dist-info"))


def package_files(project: Path = PROJECT) -> list[str]:
    """The files of the package in the source tree, as a wheel names them."""
    source = project / "src"
    return [
        path.relative_to(source).as_posix()
        for path in (source / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".DS_Store"
    ]


def sizes_of(wheel: Path) -> dict[str, int]:
    """The files of a wheel and their sizes, in bytes."""
    with zipfile.ZipFile(wheel) as archive:
        return {one.filename: one.file_size for one in archive.infolist() if not one.is_dir()}


def main(arguments: list[str]) -> int:
    """Say what is wrong with the wheel."""
    (wheel,) = map(Path, arguments)
    sizes = sizes_of(wheel)
    found = problems(sizes, package_files())
    for one in found:
        print(f"{wheel.name}: {one}", file=sys.stderr)
    if not found:
        print(f"{wheel.name}: {len(sizes)} files, {wheel.stat().st_size:,} bytes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
