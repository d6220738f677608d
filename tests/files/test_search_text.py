"""Search compares what readers would call the same letters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.files.search_text import fold, search_text, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [("IMG_1.MOV", "img_1.mov"), ("Straße", "strasse"), ("ﬁlm", "film"), ("ÉTÉ", "été")],
)
def test_case_and_ligatures_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_the_unicode_form_does_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(codec="ascii")))
def test_plain_letters_take_the_short_way_to_the_same_end(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFC", text.casefold())


def test_a_file_is_found_by_its_name_and_by_where_it_is() -> None:
    assert search_text("Ä.MOV", "2024/Été") == "2024/été/ä.mov"
    assert search_text("A.mov") == "a.mov"


def test_a_query_is_its_folded_words() -> None:
    assert words("  Été\u3000ﬁn ") == ["été", "fin"]
    assert words(" ") == []
