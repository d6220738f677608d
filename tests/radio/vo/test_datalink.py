"""Links to images and what belongs to them, followed with pyvo."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests

from tests.radio.vo.conftest import Archive

pyvo = pytest.importorskip("pyvo", reason="pyvo is not installed")
pytest.importorskip("astropy", reason="astropy is not installed: pip install mustela[radio]")

from astropy.io.votable import parse, validate  # noqa: E402  # where there is astropy

DATALINK = "application/x-votable+xml;content=datalink"
ONE = "ivo://mustela.local/images?one"


def links(archive: Archive, *ids: str, **options: Any) -> list[dict[str, Any]]:
    """The rows of an answer, of which astropy's validator has nothing to say."""
    address = f"{archive.vo}/datalink/links"
    answer = requests.get(address, params={"ID": ids, **options}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == DATALINK
    report = str(validate(io.BytesIO(answer.content), output=None))
    assert "found no violations" in report, report
    table = parse(io.BytesIO(answer.content), verify="exception").get_first_table()
    names = [field.name for field in table.fields]
    return [dict(zip(names, row, strict=True)) for row in table.array]


def test_an_image_has_its_file_a_picture_and_cutouts(archive: Archive) -> None:
    this, preview, cutout = links(archive, ONE)
    images = f"{archive.url}/api/v1/images"
    assert (this["semantics"], this["access_url"]) == ("#this", f"{images}/one/fits")
    assert (this["content_type"], this["content_length"]) == ("application/fits", 33_180_480)
    assert (preview["semantics"], preview["access_url"]) == ("#preview", f"{images}/one/png")
    assert (cutout["semantics"], cutout["access_url"]) == ("#cutout", "")
    assert {row["ID"] for row in (this, preview, cutout)} == {ONE}
    for row in (this, preview, cutout):
        assert sum(bool(row[name]) for name in ("access_url", "service_def", "error_message")) == 1


def test_an_image_that_is_no_fits_file_has_no_such_link(archive: Archive) -> None:
    assert [row["semantics"] for row in links(archive, "casa")] == ["#preview", "#cutout"]


def test_of_an_image_below_no_root_no_file_is_offered(archive: Archive) -> None:
    found = pyvo.dal.SIA2Service(f"{archive.vo}/sia2").search(
        publisher_did="ivo://mustela.local/images?bare"
    )
    (bare,) = found
    assert bare.access_format == DATALINK
    answer = requests.get(bare.access_url, timeout=30)
    assert answer.status_code == 200
    assert requests.get(f"{archive.url}/api/v1/images/bare/fits", timeout=30).status_code == 403
    this, record = links(archive, "bare")
    assert (this["semantics"], this["access_url"]) == ("#this", "")
    assert this["error_message"].startswith("FatalFault: the file lies below no root")
    assert (record["semantics"], record["content_type"]) == ("#auxiliary", "application/json")
    assert requests.get(record["access_url"], timeout=30).json()["id"] == "bare"


def test_an_identifier_that_is_not_known_has_an_error_of_its_own(archive: Archive) -> None:
    strange = "ivo://else/x?<&>"
    rows = links(archive, strange, ONE, "gone", ONE)
    assert [row["ID"] for row in rows] == [strange, ONE, ONE, ONE, "gone"]
    assert rows[0]["error_message"] == f"NotFoundFault: there is no image {strange}"
    assert rows[-1]["error_message"].startswith("NotFoundFault")
    assert links(archive) == []


def test_links_are_followed_from_what_was_found(archive: Archive) -> None:
    found = pyvo.dal.SIA2Service(f"{archive.vo}/sia2").search(calib_level=[2, 3])
    followed = {links.original_row.obs_title: links for links in found.iter_datalinks()}
    assert followed.keys() == {"one.fits", "two.fits", "casa.image", "bare.fits"}
    semantics = {
        title: sorted(record.semantics for record in its) for title, its in followed.items()
    }
    assert semantics == {
        "one.fits": ["#cutout", "#preview", "#this"],
        "two.fits": ["#cutout", "#preview", "#this"],
        "casa.image": ["#cutout", "#preview"],
        "bare.fits": ["#auxiliary", "#this"],
    }
    (one,) = (record for record in found if record.obs_title == "one.fits")
    (this,) = (record for record in one.getdatalink() if record.semantics == "#this")
    assert this.access_url == one.access_url
    in_order = [its.original_row.obs_title for its in found.iter_datalinks(preserve_order=True)]
    assert in_order == [record.obs_title for record in found]


def test_a_cutout_is_described_as_a_service(archive: Archive) -> None:
    service = pyvo.dal.adhoc.DatalinkService(f"{archive.vo}/datalink/links")
    answer = service.run_sync([ONE, "ivo://mustela.local/images?two"])
    procedures = list(answer.iter_procs())
    assert [one.id for one in procedures] == [ONE, "ivo://mustela.local/images?two"]
    for procedure, id in zip(procedures, ("one", "two"), strict=True):
        assert procedure.access_url == f"{archive.url}/api/v1/images/{id}/cutout"
        assert {param.name for param in procedure.input_params} == {"ra", "dec", "size"}
    standards = {one.standardid for one in service.capabilities}
    assert "ivo://ivoa.net/std/DataLink#links-1.1" in standards


def test_of_very_many_identifiers_some_are_answered(archive: Archive) -> None:
    ids = [f"x{n}" for n in range(1_001)]
    answer = requests.post(f"{archive.vo}/datalink/links", data={"id": ids}, timeout=30)
    document = parse(io.BytesIO(answer.content), verify="exception")
    assert len(document.get_first_table().array) == 1_000
    assert ("QUERY_STATUS", "OVERFLOW") in [
        (info.name, info.value) for info in document.resources[0].infos
    ]
