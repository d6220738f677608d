"""Cone search with pyvo, against a running server."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mustela.radio.sky.positions import separation
from mustela.radio.sources import refresh, stale
from mustela.radio.sources.record import Measurement
from mustela.store import Unit
from tests.radio.vo.conftest import SOURCES, Archive

pyvo = pytest.importorskip("pyvo", reason="pyvo is not installed")
pytest.importorskip("astropy", reason="astropy is not installed: pip install mustela[radio]")

from astropy import units as u  # noqa: E402  # where there is astropy
from astropy.io.votable import parse, validate  # noqa: E402


@pytest.fixture
def service(archive: Archive) -> Any:
    return pyvo.dal.SCSService(f"{archive.vo}/scs")


def valid(content: bytes) -> Any:
    report = str(validate(io.BytesIO(content), output=None))
    assert "found no violations" in report, report
    return parse(io.BytesIO(content), verify="exception")


@pytest.mark.parametrize(
    ("ra", "dec", "radius"),
    [(0.0, -30.0, 0.02), (359.99, -30.0, 0.005), (300.0, 90.0, 0.01), (20.0, 20.0, 180.0)],
)
def test_sources_within_the_radius_are_found(
    service: Any, ra: float, dec: float, radius: float
) -> None:
    wanted = {s.id for s in SOURCES if separation(ra, dec, s.ra_deg, s.dec_deg) <= radius}
    assert wanted
    found = service.search((ra, dec), radius)
    assert {record.id for record in found} == wanted
    for record in found:
        apart = separation(ra, dec, record.pos.ra.deg, record.pos.dec.deg)
        assert apart <= radius * (1 + 1e-9) + 1e-9


def test_the_three_columns_that_the_standard_asks_for_are_there(service: Any) -> None:
    for verbosity, more in ((1, ["name"]), (2, ["peak_mean_jy"]), (3, ["note", "tags"])):
        table = service.search((200.0, 10.0), 1 * u.arcmin, verbosity=verbosity).resultstable
        for ucd, name in (
            ("ID_MAIN", "id"),
            ("POS_EQ_RA_MAIN", "ra_deg"),
            ("POS_EQ_DEC_MAIN", "dec_deg"),
        ):
            (field,) = (one for one in table.fields if one.ucd == ucd)
            assert field.name == name
            assert field.datatype == ("char" if name == "id" else "double")
        assert set(more) <= {one.name for one in table.fields}
        assert table.array["name"][0] == "O'Neill <1>"
    assert service.search((200.0, 10.0), 0.1, verbosity=3)[0]["note"] == "Größe & so"


@pytest.fixture
def waiting(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id of a source whose sums wait, as nobody sums them for now."""

    def nobody(circle: str | None = None) -> Unit[list[int]]:
        del circle
        yield from ()
        return []

    with monkeypatch.context() as patched:
        patched.setattr(stale, "SUMMED_AT_ONCE", 0)
        patched.setattr(refresh, "take_stale", nobody)
        measured = Measurement(ra_deg=200.0, dec_deg=10.0, peak_jy=0.01, peak_error_jy=0.001)
        archive.sources.add_measurements("one", [measured], source_ids=["noted"])
        archive.sources.delete_measurements("one")
        yield "noted"
    archive.sources.refresh()


def test_every_verbosity_says_which_sources_wait_for_their_sums(
    archive: Archive, service: Any, waiting: str
) -> None:
    for verbosity in (1, 2, 3):
        found = service.search((200.0, 10.0), 0.1, verbosity=verbosity)
        assert [(one["id"], bool(one["stale"])) for one in found] == [(waiting, True)]
        others = service.search((0.0, -30.0), 0.1, verbosity=verbosity)
        assert len(others)
        assert not any(one["stale"] for one in others)
        query = f"RA=200&DEC=10&SR=0.1&VERB={verbosity}"
        valid(requests.get(f"{archive.vo}/scs?{query}", timeout=30).content)


def test_every_answer_is_a_valid_table(archive: Archive) -> None:
    for query in ("SR=0.1", "SR=0", "SR=0.1&VERB=3", "SR=0.1&MAXREC=2", "sr=0.1&MAXREC=0&x=1"):
        answer = requests.get(f"{archive.vo}/scs?RA=0&dec=-30&{query}", timeout=30)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        document = valid(answer.content)
        (results,) = document.resources
        assert results.type == "results"
        cut = "OVERFLOW" if "MAXREC=2" in query else "OK"
        assert [(info.name, info.value) for info in results.infos] == [("QUERY_STATUS", cut)]
        rows = len(document.get_first_table().array)
        assert rows == (2 if cut == "OVERFLOW" else 0 if "=0&x" in query else rows)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("RA=0&DEC=0", "SR is missing"),
        ("RA=0&DEC=91&SR=1", "no declination"),
        ("RA=0&DEC=0&SR=-1", "no radius"),
        ("RA=0h&DEC=0&SR=1", "'0h' is no number"),
        ("RA=inf&DEC=0&SR=1", "no finite number"),
        ("RA=0&DEC=0&SR=1&VERB=4", "none of 1, 2 and 3"),
    ],
)
def test_an_error_is_a_table_that_says_so(
    archive: Archive, service: Any, query: str, said: str
) -> None:
    answer = requests.get(f"{archive.vo}/scs?{query}", timeout=30)
    assert answer.status_code == 200
    (info,) = valid(answer.content).infos
    assert info.name == "Error"
    assert said in info.value
    asked = dict(part.split("=") for part in query.split("&"))
    with pytest.raises(pyvo.dal.DALQueryError, match="UsageFault"):
        pyvo.dal.scs.SCSQuery(service.baseurl, **asked).execute()


def test_the_service_says_what_it_can_do(archive: Archive) -> None:
    text = requests.get(f"{archive.vo}/scs/capabilities", timeout=30).text
    assert "ivo://ivoa.net/std/ConeSearch" in text
    assert f'<accessURL use="base">{archive.vo}/scs</accessURL>' in text
    assert "true" in requests.get(f"{archive.vo}/scs/availability", timeout=30).text
