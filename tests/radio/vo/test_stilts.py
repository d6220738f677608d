"""Validated and queried by STILTS, the engine of TOPCAT, against a running server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.radio.vo.conftest import SOURCES, Archive

STILTS = shutil.which("stilts")

pytestmark = pytest.mark.skipif(STILTS is None, reason="stilts is not installed")
pytest.importorskip("astropy", reason="astropy is not installed: pip install mustela[radio]")


def stilts(*arguments: str) -> str:
    """What it says; it must find nothing wrong."""
    assert STILTS is not None
    ran = subprocess.run(
        [STILTS, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def answered(archive: Archive, tmp_path: Path) -> Callable[[str], str]:
    """The path of a file that holds an answer."""

    def get(path: str) -> str:
        file = tmp_path / "answer.xml"
        file.write_bytes(requests.get(f"{archive.url}/api/v1/{path}", timeout=30).content)
        return str(file)

    return get


@pytest.mark.parametrize(
    "path",
    [
        "vo/scs?RA=0&DEC=-30&SR=1&VERB=3",
        "vo/scs?RA=0&DEC=-30",
        "vo/sia2/query",
        "sources/export?format=votable",
        "images/export?format=votable",
    ],
)
def test_votlint_has_nothing_to_say_of_a_table(answered: Callable[[str], str], path: str) -> None:
    assert stilts("votlint", "ucd=true", "unit=true", f"votable={answered(path)}") == ""


def test_datalinklint_has_nothing_to_say_of_links(archive: Archive) -> None:
    found = stilts("datalinklint", f"votable={archive.vo}/datalink/links?ID=one&ID=bare&ID=nothing")
    assert "Errors: 0; Warnings: 0;" in found
    assert "rows checked: " in found


def test_a_cone_finds_the_sources_in_it(archive: Archive) -> None:
    within = [source.id for source in SOURCES if source.dec_deg == -30.0]
    found = stilts(
        *("cone", f"serviceurl={archive.vo}/scs", "lon=0", "lat=-30", "radius=1", "verb=1"),
        *("ocmd=keepcols id", "ofmt=csv-noheader"),
    )
    assert sorted(found.split()) == sorted(within)


def test_images_of_a_place_are_found_as_topcat_asks_for_them(archive: Archive) -> None:
    found = stilts(
        *(
            "cone",
            "servicetype=sia2",
            f"serviceurl={archive.vo}/sia2/query",
            "dataformat=image/fits",
        ),
        *("lon=150", "lat=-30", "radius=0", "ocmd=keepcols obs_publisher_did", "ofmt=csv-noheader"),
    )
    assert found.split() == ["ivo://mustela.local/images?one"]
