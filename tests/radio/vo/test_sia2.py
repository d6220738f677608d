"""Image search as astronomers' programs do it: with pyvo, against a running server."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests

from tests.radio.vo.conftest import COLLECTION, OTHER, STRANGE, Archive

pyvo = pytest.importorskip("pyvo", reason="pyvo is not installed")
pytest.importorskip("astropy", reason="astropy is not installed: pip install mustela[radio]")

from astropy import units as u  # noqa: E402  # where there is astropy
from astropy.coordinates import SkyCoord  # noqa: E402
from astropy.io.votable import parse, validate  # noqa: E402
from astropy.time import Time  # noqa: E402
from astropy.utils.exceptions import AstropyDeprecationWarning  # noqa: E402


@pytest.fixture
def service(archive: Archive) -> Any:
    return pyvo.dal.SIA2Service(f"{archive.vo}/sia2")


def mjd(day: float) -> Any:
    return Time(day, format="mjd", scale="utc")


def ids(found: Any) -> set[str]:
    return {record.obs_publisher_did.partition("?")[2] for record in found}


def valid(content: bytes) -> Any:
    """The document, of which astropy's validator has nothing to say."""
    report = str(validate(io.BytesIO(content), output=None))
    assert "found no violations" in report, report
    return parse(io.BytesIO(content), verify="exception")


def test_the_capabilities_name_the_query_and_the_service_says_that_it_works(
    archive: Archive, service: Any
) -> None:
    assert service.query_ep == f"{archive.vo}/sia2/query"
    standards = {one.standardid for one in service.capabilities}
    assert standards == {
        "ivo://ivoa.net/std/VOSI#capabilities",
        "ivo://ivoa.net/std/VOSI#availability",
        "ivo://ivoa.net/std/SIA#query-2.0",
    }
    with pytest.warns(AstropyDeprecationWarning):
        assert service.available is True
    # Whoever has the address of the query itself finds the same.
    assert pyvo.dal.SIA2Service(f"{archive.vo}/sia2/query").query_ep == service.query_ep


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"one", "two", "casa", "bare"}),
        ({"pos": (150.0, -30.0, 0.01)}, {"one"}),
        ({"pos": (SkyCoord(152.5, -30.0, unit="deg"), 30 * u.arcsec)}, {"two"}),
        ({"pos": [(150.0, -30.0, 0.01), (10.0, 89.8, 0.01)]}, {"one", "casa"}),
        ({"pos": (148.0 * u.deg, 153.0 * u.deg, -30.1 * u.deg, -29.9 * u.deg)}, {"one", "two"}),
        ({"pos": (152.0, -30.5, 153.0, -30.5, 152.5, -29.5)}, {"two"}),
        ({"pos": (0.0, 360.0, 89.0, 90.0)}, {"casa"}),
        ({"band": (0.25, 0.3)}, {"one", "casa"}),
        ({"band": 0.1}, set()),
        ({"band": (2.9 * u.GHz, 3.1 * u.GHz)}, {"two"}),
        ({"band": [(0.25, 0.3), (2.9 * u.GHz, 3.1 * u.GHz)]}, {"one", "two", "casa"}),
        ({"band": (0.3, float("inf"))}, {"one", "casa"}),
        ({"time": (mjd(58999.0), mjd(59000.1))}, {"one", "casa"}),
        ({"time": mjd(60000.0)}, {"two"}),
        ({"time": [(mjd(59001.0), mjd(59999.0)), mjd(60000.001)]}, set()),
        ({"pol": "I"}, {"one", "two"}),
        ({"pol": "YY"}, {"casa"}),
        ({"pol": ["V", "XY"]}, {"two", "casa"}),
        ({"field_of_view": (2.0, 3.0)}, {"one", "two", "casa"}),
        ({"field_of_view": (float("-inf"), 2.0)}, set()),
        ({"spatial_resolution": (1.0, 5.0)}, {"two"}),
        ({"exptime": (0.0, 100.0)}, {"two"}),
        ({"exptime": (10.0 * u.h, 11.0 * u.h)}, {"one", "casa"}),
        ({"spectral_resolving_power": (4.0, 6.0)}, {"one", "casa"}),
        ({"timeres": (0.0, 1e9)}, set()),
        ({"publisher_did": "ivo://mustela.local/images?one"}, {"one"}),
        ({"publisher_did": ["IVO://Mustela.LOCAL/images?two", "ivo://else/images?one"]}, {"two"}),
        ({"publisher_did": "ivo://else/images?one"}, set()),
        ({"collection": COLLECTION}, {"one"}),
        ({"collection": OTHER}, {"two", "casa"}),
        ({"collection": "mustela"}, {"bare"}),
        ({"collection": "nobody's"}, set()),
        ({"facility": ["VLA", "WSRT"]}, {"two"}),
        ({"instrument": "ASKAP", "facility": "VLA"}, {"two"}),
        ({"data_type": "cube"}, {"two"}),
        ({"data_type": "image"}, {"one", "casa", "bare"}),
        ({"data_type": ["image", "cube"]}, {"one", "two", "casa", "bare"}),
        ({"data_type": "spectrum"}, set()),
        ({"calib_level": 3}, {"two"}),
        ({"calib_level": [1, 2]}, {"one", "casa", "bare"}),
        ({"calib_level": [0]}, set()),
        ({"target_name": STRANGE}, {"one"}),
        ({"res_format": "application/fits"}, {"one", "two"}),
        ({"res_format": "image/fits"}, {"one", "two"}),
        ({"res_format": ["image/fits", "image/jpeg"]}, {"one", "two"}),
        ({"res_format": "application/x-votable+xml;content=datalink"}, {"casa", "bare"}),
        ({"res_format": "image/jpeg"}, set()),
        ({"kind": "mosaic"}, {"two"}),
        ({"pos": (150.0, -30.0, 5.0), "pol": "Q", "time": mjd(59000.0)}, set()),
        ({"pos": (150.0, -30.0, 5.0), "exptime": (1.0, 100.0)}, {"two"}),
    ],
)
def test_images_are_found_by_what_is_asked_for(
    service: Any, asked: dict[str, Any], found: set[str]
) -> None:
    assert ids(service.search(**asked)) == found


def test_a_row_says_what_is_known_of_an_image(archive: Archive, service: Any) -> None:
    (row,) = service.search(publisher_did="ivo://mustela.local/images?one")
    assert (row.dataproduct_type, row.dataproduct_subtype) == ("image", "restored")
    assert (row.calib_level, row.obs_collection, row.obs_id) == (2, COLLECTION, "SB1")
    assert (row.target_name, row.obs_title) == (STRANGE, "one.fits")
    assert row.access_url == f"{archive.url}/api/v1/images/one/fits"
    assert row.access_format == "application/fits"
    assert row.access_estsize == 33_181_000 * u.byte
    assert (row.s_ra, row.s_dec) == (150.0 * u.deg, -30.0 * u.deg)
    assert row.s_resolution == 12.0 * u.arcsec
    assert row.s_region.startswith("POLYGON ICRS 151.1432592")
    assert len(row.s_region.split()) == 10
    assert (row.t_min.mjd, row.t_max.mjd, row.t_exptime) == (59000.0, 59000.5, 36_000 * u.s)
    # c / 1.1 GHz and c / 0.9 GHz.
    assert row.em_min.to_value("m") == pytest.approx(0.272538598, rel=1e-8)
    assert row.em_max.to_value("m") == pytest.approx(0.333102731, rel=1e-8)
    assert row["em_res_power"] == 5.0
    assert (row.pol_states, row.facility_name) == ("/I/", "ASKAP")


def test_what_is_not_known_is_null(service: Any) -> None:
    table = service.search(publisher_did="ivo://mustela.local/images?bare").to_table()
    null = {name for name in table.colnames if table[name].mask[0] or table[name][0] == ""}
    assert set(table.colnames) - null == {
        "dataproduct_type",
        "calib_level",
        "obs_collection",
        "obs_id",
        "obs_title",
        "obs_publisher_did",
        "access_url",
        "access_format",
    }


def test_every_column_has_its_unit_and_place_in_the_data_model(service: Any) -> None:
    table = service.search(maxrec=0).resultstable
    assert len(table.array) == 0
    columns = {field.name: field for field in table.fields}
    for name, unit, ucd in (
        ("s_ra", "deg", "pos.eq.ra"),
        ("s_resolution", "arcsec", "pos.angResolution"),
        ("t_min", "d", "time.start;obs.exposure"),
        ("t_exptime", "s", "time.duration;obs.exposure"),
        ("em_min", "m", "em.wl;stat.min"),
        ("access_estsize", "kbyte", "phys.size;meta.file"),
        ("obs_publisher_did", None, "meta.ref.ivoid"),
    ):
        found = columns[name]
        assert (None if found.unit is None else str(found.unit), found.ucd) == (unit, ucd)
    assert all(field.utype.startswith("obscore:") for field in columns.values())
    assert columns["calib_level"].datatype == "int"


def test_what_is_cut_off_is_said(archive: Archive, service: Any) -> None:
    assert service.search(maxrec=4).status[0] == "OK"
    cut = service.search(maxrec=3)
    assert (len(cut), cut.status[0]) == (3, "OVERFLOW")
    columns = requests.get(f"{archive.vo}/sia2/query?MAXREC=0", timeout=30)
    assert b"OVERFLOW" not in columns.content
    for address in ("?MAXREC=0", "?MAXREC=3", "", "?POS=CIRCLE 150 -30 1"):
        valid(requests.get(f"{archive.vo}/sia2/query{address}", timeout=30).content)


def test_names_are_in_any_case_and_unknown_ones_mean_nothing(archive: Archive) -> None:
    for query in ("pos=CIRCLE+150+-30+0.01", "Pos=circle 150 -30 0.01&REQUEST=query&x=y&BAND="):
        answer = requests.get(f"{archive.vo}/sia2/query?{query}", timeout=30)
        document = valid(answer.content)
        assert list(document.get_first_table().array["obs_title"]) == ["one.fits"]


def test_a_form_asks_like_a_query(archive: Archive) -> None:
    asked = {"POS": ["CIRCLE 150 -30 0.01", "CIRCLE 152.5 -30 0.01"], "TIME": "59000.1"}
    answer = requests.post(f"{archive.vo}/sia2/query", data=asked, timeout=30)
    assert answer.headers["content-type"] == "application/x-votable+xml"
    assert list(valid(answer.content).get_first_table().array["obs_title"]) == ["one.fits"]
    refused = requests.post(f"{archive.vo}/sia2/query", json={"POS": "all"}, timeout=30)
    assert refused.status_code == 400
    assert "send the parameters as" in refused.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("POS=CIRCLE 150", "CIRCLE has 1 numbers"),
        ("POS=BOX 1 2 3 4", "is no shape of a region"),
        ("BAND=red", "BAND: 'red' is no number"),
        ("BAND=-2 -1", "is no wavelength"),
        ("BAND=1 2 3", "is no interval"),
        ("TIME=2 1", "ends before it begins"),
        ("TIME=nan", "is no number"),
        ("POL=X", "is none of I, Q"),
        ("CALIB=9", "is no level"),
        ("MAXREC=-1", "is no number of records"),
        ("MAXREC=1&maxrec=2", "more than once"),
        ("RESPONSEFORMAT=fits", "only VOTable"),
        ("&".join(["POS=CIRCLE 1 2 3"] * 101), "at most 100"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_words_of_the_standard(
    archive: Archive, query: str, said: str
) -> None:
    answer = requests.get(f"{archive.vo}/sia2/query?{query}", timeout=30)
    assert answer.status_code == 400
    (results,) = valid(answer.content).resources
    (info,) = results.infos
    assert (info.name, info.value) == ("QUERY_STATUS", "ERROR")
    assert info.content.startswith("UsageFault: ")
    assert said in info.content


def test_pyvo_says_what_was_wrong(archive: Archive) -> None:
    query = pyvo.dal.DALQuery(f"{archive.vo}/sia2/query", POS="BOX 1 2")
    with pytest.raises(
        pyvo.dal.DALQueryError, match="UsageFault: POS: 'BOX' is no shape of a region"
    ):
        query.execute()
