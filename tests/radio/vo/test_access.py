"""A server that wants a token, asked by the programs of astronomers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from mustela.files.root import RootRepository
from mustela.files.root_directory import inspect
from mustela.radio.rules.record import RadioRules
from mustela.radio.rules.repository import RulesRepository
from mustela.radio.sources.record import Source
from mustela.store.errors import InvalidValue
from tests.radio.vo.conftest import Archive, field, serving

pyvo = pytest.importorskip("pyvo", reason="pyvo is not installed")
pytest.importorskip("astropy", reason="astropy is not installed: pip install mustela[radio]")

SECRET = "reader-0123456789"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    data = tmp_path_factory.mktemp("data")
    rules = RadioRules(authority="example.org")
    with serving(data, tokens=[f"read:{SECRET}"], require_tokens=True, radio=rules) as archive:
        products = tmp_path_factory.mktemp("products")
        RootRepository(archive.store).add(inspect(products), collections=["radio"])
        archive.images.add(field("one", 150.0, -30.0, path=f"{products}/one.fits"))
        archive.sources.add(Source(id="one", ra_deg=150.0, dec_deg=-30.0))
        yield archive


@pytest.fixture(params=["bearer", "basic"])
def session(request: pytest.FixtureRequest) -> requests.Session:
    """With a token that may only read."""
    made = requests.Session()
    if request.param == "bearer":
        made.headers["Authorization"] = f"Bearer {SECRET}"
    else:
        made.auth = ("anybody", SECRET)
    return made


def test_every_service_is_there_for_who_has_a_token(
    closed: Archive, session: requests.Session
) -> None:
    images = pyvo.dal.SIA2Service(f"{closed.vo}/sia2", session=session)
    found = images.search(pos=(150.0, -30.0, 0.1))
    assert [image.obs_publisher_did for image in found] == ["ivo://example.org/images?one"]
    # The links are asked for with POST, which changes nothing: reading is enough.
    (links,) = found.iter_datalinks()
    assert {link.semantics for link in links} == {"#this", "#preview", "#cutout"}
    sources = pyvo.dal.SCSService(f"{closed.vo}/scs", session=session)
    assert [source.id for source in sources.search((150.0, -30.0), 0.1)] == ["one"]


@pytest.mark.parametrize("path", ["sia2/query", "sia2/capabilities", "datalink/links", "scs"])
def test_who_has_none_is_told_how_to_send_one(closed: Archive, path: str) -> None:
    for answer in (
        requests.get(f"{closed.vo}/{path}", timeout=30),
        requests.get(f"{closed.vo}/{path}", timeout=30, auth=("anybody", "wrong-0123456789")),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "Basic" in answer.headers["www-authenticate"]


def test_a_reader_changes_nothing_by_posting_elsewhere(
    closed: Archive, session: requests.Session
) -> None:
    answer = session.post(
        f"{closed.url}/api/v1/images/one/retire", json={"reason": "x"}, timeout=30
    )
    assert answer.status_code == 403
    assert session.post(f"{closed.vo}/scs", data={"RA": "0"}, timeout=30).status_code == 403


@pytest.mark.parametrize("authority", ["", "a", "ivo://x", "with space", "-abc", "a/b/c"])
def test_an_authority_that_no_identifier_could_have_is_refused(
    closed: Archive, authority: str
) -> None:
    with pytest.raises(InvalidValue, match="no naming authority"):
        RulesRepository(closed.store).set_rules(RadioRules(authority=authority))
