"""Reading reference catalogues from files that the tests write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mustela.radio.references.record import Reference

pytest.importorskip("astropy", reason="astropy is not installed")

from astropy import units as u
from astropy.table import Table

from mustela.radio.references.reading import BadReferences, read_references


def table() -> Table:
    return Table(
        {
            "NAME": ["3C48", "3C147"],
            "RAJ2000": [24.4220808, 85.6505746] * u.deg,
            "DEJ2000": [33.1597594, 49.8520094] * u.deg,
            "Flux": [16000.0, float("nan")] * u.mJy,
            "freq": [1.4, 3.0] * u.GHz,
        }
    )


WANTED = [
    Reference("3C48", 24.4220808, 33.1597594, 16.0, 1.4e9),
    Reference("3C147", 85.6505746, 49.8520094, None, 3e9),
]


@pytest.mark.parametrize("name", ["a.fits", "a.vot", "a.xml", "A.FIT"])
def test_units_are_those_that_the_file_says(tmp_path: Path, name: str) -> None:
    kind = "fits" if "fit" in name.lower() else "votable"
    table().write(tmp_path / name, format=kind)
    found = read_references(tmp_path / name)
    assert [source.name for source in found] == ["3C48", "3C147"]
    for source, wanted in zip(found, WANTED, strict=True):
        assert source.ra_deg == pytest.approx(wanted.ra_deg)
        assert source.dec_deg == pytest.approx(wanted.dec_deg)
        assert source.flux_jy == (None if wanted.flux_jy is None else pytest.approx(16.0))
        assert source.frequency_hz == pytest.approx(wanted.frequency_hz)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "catalogue.csv"
    path.write_text(text)
    return path


def test_a_csv_says_its_units_in_the_names_of_its_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "name,ra,dec,flux_mjy,frequency_mhz\na,10.5,-30,2500,888\nb,11,0,,\n")
    assert read_references(path) == [
        Reference("a", 10.5, -30.0, 2.5, 888e6),
        Reference("b", 11.0, 0.0, None, None),
    ]
    assert read_references(path, frequency_hz=1e9)[1].frequency_hz == 1e9


def test_columns_and_units_can_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, "who,lon,lat,S\n7,0.5,0.25,3\n")
    found = read_references(
        path,
        columns={"name": "who", "ra": "lon", "dec": "lat", "flux": "S"},
        units={"ra": "hourangle", "flux": "mJy"},
    )
    (source,) = found
    assert source.ra_deg == pytest.approx(7.5)
    assert (source.name, source.dec_deg, source.flux_jy) == ("7", 0.25, 0.003)


def test_sexagesimal_positions_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "name,ra,dec\na,12:30:00,-00:30:00\n")
    (found,) = read_references(path)
    assert found.ra_deg == pytest.approx(187.5)
    assert found.dec_deg == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("name,dec\na,1\n", {}, r"no column holds the ra.*columns=\{'ra'"),
        ("name,ra,dec\na,,1\n", {}, "row 1 has no name or no position"),
        ("name,ra,dec,flux\na,1,1,3\n", {}, r"flux says no unit.*units=\{'flux'"),
        ("name,ra,dec,flux\na,1,1,3\n", {"units": {"flux": "furlong"}}, "flux is in 'furlong'"),
        ("name,ra,dec,flux\na,1,1,3\n", {"units": {"flux": "m"}}, "no unit of Jy"),
        ("name,ra,dec\na,x,y\n", {}, "holds no angles"),
        ("name,ra,dec,flux_jy\na,1,1,bright\n", {}, "holds text"),
        ("name,ra,dec\na,1,1\n", {"columns": {"ra": "q"}}, "there is no column 'q'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    tmp_path: Path, text: str, options: Any, message: str
) -> None:
    with pytest.raises(BadReferences, match=message):
        read_references(written(tmp_path, text), **options)


def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadReferences, match="no such file"):
        read_references(tmp_path / "nothing.csv")
    (tmp_path / "x.fits").write_text("not FITS")
    with pytest.raises(BadReferences, match="cannot be read as fits"):
        read_references(tmp_path / "x.fits")
    (tmp_path / "x.vot").write_text("<not a votable")
    with pytest.raises(BadReferences, match="cannot be read as votable"):
        read_references(tmp_path / "x.vot")
    with pytest.raises(BadReferences, match="must end in"):
        read_references(tmp_path / "x.txt")
