"""CASA images say what the same image in FITS says, and nobody waits for who reads them."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from mustela.files.directory_product import fingerprint_at
from mustela.files.failure import Unreadable
from mustela.radio.imaging.cutout import cutout
from mustela.radio.imaging.examine import examine
from mustela.radio.imaging.facts import ImageFacts, NotAnImage
from mustela.radio.imaging.opening import open_image
from mustela.radio.imaging.picture import render
from mustela.radio.visibilities.products import CASACORE_TABLE
from tests.radio.imaging.skies import FREQUENCY, STOKES, noise, write

images: Any = pytest.importorskip(
    "casacore.images", reason="python-casacore has no wheel for this platform"
)
tables: Any = pytest.importorskip("casacore.tables")


def casa_image(path: Path, twin: Path, mask: Any = None) -> Path:
    """The FITS image as a CASA image, with a mask (true is blank)."""
    read = images.image(str(twin))
    values = read.getdata()
    options: dict[str, Any] = {}
    if mask is not None:
        values, options = np.ma.masked_array(values, mask=mask), {"maskname": "mask0"}
    made = images.image(str(path), values=values, coordsys=read.coordinates(), **options)
    del made, read
    table = tables.table(str(path), readonly=False, ack=False)
    beam = {
        name: {"value": value, "unit": unit}
        for name, value, unit in (
            ("major", 14.4, "arcsec"),
            ("minor", 10.8, "arcsec"),
            ("positionangle", 20.0, "deg"),
        )
    }
    table.putkeyword("units", "Jy/beam")
    table.putkeyword(
        "imageinfo", {"imagetype": "Intensity", "objectname": "F1", "restoringbeam": beam}
    )
    table.close()
    return path


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    cube = np.stack([noise(seed=channel) + channel for channel in range(3)])[None]
    return write(
        tmp_path / "twin.fits",
        cube,
        **FREQUENCY,
        **STOKES,
        OBJECT="F1",
        OBSERVER="Karl",
        TELESCOP="ASKAP",
        DATE_OBS="2020-08-03T12:00:00",
        TIMESYS="UTC",
        SPECSYS="TOPOCENT",
        RADESYS="FK5",
        EQUINOX=2000.0,
    )


def facts(path: Path) -> ImageFacts:
    found = examine(os.fsencode(path))
    assert isinstance(found, ImageFacts)
    return found


def test_it_says_what_its_twin_in_fits_says(tmp_path: Path, twin: Path) -> None:
    expected, found = facts(twin), facts(casa_image(tmp_path / "field.image", twin))
    for field in ImageFacts.__struct_fields__:
        ours, theirs = getattr(found, field), getattr(expected, field)
        if field in {"fingerprint", "file_size", "wcs"}:
            continue
        if isinstance(theirs, float):
            assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-9), field
        elif field == "footprint":
            assert ours == pytest.approx(theirs, abs=1e-7)
        else:
            assert ours == theirs, field


def test_what_lies_elsewhere_is_not_read(
    tmp_path: Path, twin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = np.zeros((1, 3, 40, 50), bool)
    (tmp_path / "root").mkdir()
    secret = casa_image(tmp_path / "secret.image", twin, mask)
    place = casa_image(tmp_path / "root" / "field.image", twin, mask)
    shutil.rmtree(place / "mask0")
    (place / "mask0").symlink_to(secret / "mask0")
    with pytest.raises(Unreadable, match="mask0 is a link that leads elsewhere"):
        examine(os.fsencode(place))
    monkeypatch.setenv("PLACE", str(secret))
    shutil.copytree(secret, tmp_path / "root" / "$PLACE")
    with pytest.raises(Unreadable, match="no names with"):
        examine(os.fsencode(tmp_path / "root" / "$PLACE"))


def test_masked_pixels_are_blank(tmp_path: Path, twin: Path) -> None:
    mask = np.zeros((1, 3, 40, 50), bool)
    mask[:, 1, :10] = True
    path = casa_image(tmp_path / "a.image", twin, mask)
    assert facts(path).blank_fraction == pytest.approx(0.25, abs=1e-12)
    moved = tmp_path / "moved.image"
    shutil.move(path, moved)
    assert facts(moved).blank_fraction == pytest.approx(0.25, abs=1e-12)


def test_pictures_and_cutouts_are_made_of_it(tmp_path: Path, twin: Path) -> None:
    path = casa_image(tmp_path / "a.image", twin)
    assert (render(path).width, render(path).height) == (50, 40)
    ours, theirs = cut_out(path), cut_out(twin)
    assert np.array_equal(ours.data, theirs.data)
    assert ours.header["BMAJ"] == pytest.approx(4e-3)
    for keyword in ("CRPIX1", "CRPIX2", "CRVAL1", "CRVAL3", "CRPIX3", "BUNIT", "CTYPE4"):
        assert ours.header[keyword] == pytest.approx(theirs.header[keyword]), keyword


def cut_out(path: Path) -> Any:
    content = cutout(path, ra_deg=150.0, dec_deg=-30.0, width_px=9)
    with fits.open(io.BytesIO(content)) as parts:
        return parts[0].copy()


def state(path: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(member.relative_to(path)): (
            member.stat().st_mtime_ns,
            member.stat().st_size,
            member.read_bytes(),
        )
        for member in sorted(path.rglob("*"))
        if member.is_file()
    }


def test_reading_changes_nothing_and_needs_no_permission_to_write(
    tmp_path: Path, twin: Path
) -> None:
    path = casa_image(tmp_path / "a.image", twin)
    before = state(path)
    for member in [path, *path.rglob("*")]:
        member.chmod(stat.S_IREAD | stat.S_IEXEC)
    try:
        assert facts(path).noise_jy is not None
        assert state(path) == before
    finally:
        for member in [path, *path.rglob("*")]:
            member.chmod(stat.S_IRWXU)


WRITER = """
import sys
from casacore.tables import table
held = table(sys.argv[1], readonly=False, lockoptions="permanent", ack=False)
held.putkeyword("held", True)
print("holding", flush=True)
sys.stdin.read()
"""


def test_a_writers_lock_is_not_waited_for_and_a_writer_never_waits(
    tmp_path: Path, twin: Path
) -> None:
    path = casa_image(tmp_path / "a.image", twin)

    def writer() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def holds(process: subprocess.Popen[str]) -> bool:
        assert process.stdout is not None
        return process.stdout.readline().strip() == "holding"

    with writer() as process:
        assert holds(process)
        assert facts(path).width_px == 50  # read while another process has it locked
        process.communicate("")
    with open_image(path) as image, writer() as process:
        assert image.rows(image.plane(0), 0, 1).shape == (1, 50)
        assert holds(process)  # got its lock while the image is open for reading
        process.communicate("")


def test_the_fingerprint_knows_a_moved_image_and_tells_others_apart(
    tmp_path: Path, twin: Path
) -> None:
    path = casa_image(tmp_path / "a.image", twin)
    found = facts(path).fingerprint
    assert found == fingerprint_at(os.fsencode(path), CASACORE_TABLE)  # as scans recognise it
    moved = tmp_path / "sub" / "b.image"
    moved.parent.mkdir()
    shutil.move(path, moved)
    (moved / "table.lock").write_bytes(b"locked")
    assert facts(moved).fingerprint == found
    (moved / "extra").write_bytes(b"x")
    assert facts(moved).fingerprint != found


def test_tables_that_are_no_images_say_so_and_damaged_ones_are_unreadable(
    tmp_path: Path, twin: Path
) -> None:
    path = casa_image(tmp_path / "a.image", twin)
    other = tmp_path / "a.ms"
    shutil.copytree(path, other)
    (other / "table.info").write_text("Type = Measurement Set\nSubType = \n")
    found = examine(os.fsencode(other))
    assert isinstance(found, NotAnImage)
    assert "Measurement Set" in found.reason
    (path / "table.dat").write_bytes(b"")
    with pytest.raises(Unreadable):
        examine(os.fsencode(path))
