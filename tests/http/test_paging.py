"""Cursors, limits, and the URL of the next page."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.http.paging import (
    BadCursor,
    Listing,
    next_url,
    read_cursor,
    with_items,
    write_cursor,
)
from mustela.store.listing import Cursor
from tests.http.conftest import Server
from tests.store.toys import Toy

_text = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
_values = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | _text


@given(_values, _text, _text)
def test_a_cursor_is_read_back_for_the_same_order_only(value: object, id: str, sort: str) -> None:
    text = write_cursor(Cursor(value, id), sort)
    assert read_cursor(text, sort) == Cursor(value, id)
    assert text.isascii()
    with pytest.raises(BadCursor):
        read_cursor(text, sort + "x")


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_whatever_is_sent_as_a_cursor_gets_a_clear_error(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text, "id")


@given(st.integers(0, 100), st.sampled_from("Aa0_-"))
def test_a_changed_character_is_noticed(position: int, letter: str) -> None:
    text = write_cursor(Cursor("Kagu", "0195"), "filename")
    position %= len(text)
    changed = text[:position] + letter + text[position + 1 :]
    if base64.urlsafe_b64decode(changed + "==") == base64.urlsafe_b64decode(text + "=="):
        return
    with pytest.raises(BadCursor):
        read_cursor(changed, "filename")


@pytest.mark.parametrize("value", [2**63, "a\0b"])
def test_a_value_that_no_database_holds_is_refused(value: object) -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor(Cursor(value, "x"), "id"), "id")


@given(st.lists(st.dictionaries(_text, st.integers(0, 9))), st.none() | _text)
def test_items_that_are_encoded_already_stand_in_a_listing_like_others(
    items: list[dict[str, int]], url: str | None
) -> None:
    encoded = [msgspec.json.encode(item) for item in items]
    whole = msgspec.json.encode(Listing(items, len(items), True, 100, 0, url))
    empty: Listing[object] = Listing([], len(items), True, 100, 0, url)
    assert with_items(encoded, empty) == whole
    assert with_items([b",".join(encoded)] if items else [], empty) == whole


def test_what_one_list_says_of_the_next_page_another_with_the_same_query_does_not() -> None:
    query = b"limit=2&cursor=old"
    one = {"path": "/api/v1/x", "query_string": query}
    other = {"path": "/proxied/y", "query_string": query}
    assert next_url(one, "a") == "/api/v1/x?limit=2&cursor=a"
    assert next_url(other, "b") == "/proxied/y?limit=2&cursor=b"
    assert next_url(one | {"query_string": b"offset=1"}, "c") == "/api/v1/x?cursor=c"


def test_the_next_url_keeps_the_filters() -> None:
    scope = {"path": "/api/v1/x", "query_string": b"q=a%26b&tag=%C3%9F&offset=3&cursor=old&e="}
    url = urlsplit(next_url(scope, "new"))
    assert url.path == "/api/v1/x"
    assert parse_qsl(url.query, keep_blank_values=True) == [
        ("q", "a&b"),
        ("tag", "ß"),
        ("e", ""),
        ("cursor", "new"),
    ]


async def test_following_next_shows_every_record_once(server: Server) -> None:
    await server.toys.add_many([Toy(f"t{n}", f"/t{n}") for n in range(7)])
    url: str | None = "/api/v1/toys?limit=3"
    seen: list[str] = []
    while url is not None:
        page = (await server.client.get(url)).raise_for_status().json()
        assert (page["total"], page["total_is_exact"], page["limit"]) == (7, True, 3)
        seen += [toy["id"] for toy in page["items"]]
        url = page["next"]
    assert sorted(seen) == [f"t{n}" for n in range(7)]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 422, "invalid_request"),
        ("limit=1001", 422, "invalid_request"),
        ("limit=1_0", 422, "invalid_request"),
        ("limit=" + "9" * 40, 422, "invalid_request"),
        ("offset=10001", 422, "invalid_request"),
        ("offset=-1", 422, "invalid_request"),
        ("cursor=nonsense", 400, "bad_cursor"),
        ("cursor=nonsense&offset=1", 400, "bad_cursor"),
        ("limt=3", 422, "invalid_request"),
        ("heavy=perhaps", 422, "invalid_request"),
    ],
)
async def test_bad_paging_is_a_problem(server: Server, query: str, status: int, code: str) -> None:
    answer = await server.client.get(f"/api/v1/toys?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_empty_list_has_the_shape_of_any_list(server: Server) -> None:
    answer = await server.client.get("/api/v1/toys", params={"offset": 5, "heavy": True})
    assert msgspec.json.decode(answer.content) == {
        "items": [],
        "total": 0,
        "total_is_exact": True,
        "limit": 100,
        "offset": 5,
        "next": None,
    }
