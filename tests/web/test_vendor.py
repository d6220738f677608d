"""What the page holds of others is theirs, unchanged, with its licence and its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mustela.web import page_directory

UPLOT = "uPlot 1.6.32"
#: Of the files in the package of that version.
SHA256 = {
    "uPlot.esm.js": "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


def test_the_plotting_library_is_the_named_version_unchanged() -> None:
    directory = page_directory() / "vendor" / "uplot"
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()
    }
    assert found == SHA256
    notice = Path(__file__).parents[2] / "NOTICE"
    assert UPLOT in notice.read_text()
    assert "(v1.6.32)" in (directory / "uPlot.esm.js").read_text()[:400]
