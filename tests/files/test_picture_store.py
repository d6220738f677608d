from __future__ import annotations

from pathlib import Path

import pytest

from mustela.files.picture_store import MalformedKey, PictureStore

KEY = "4f/a0/4fa0c1d2e3b4a596-thumb.jpg"


def test_a_key_spreads_pictures_over_folders() -> None:
    assert PictureStore.key("4fa0c1d2e3b4a596", "thumb.jpg") == KEY


def test_what_was_written_is_there_until_deleted(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "pictures")
    assert not store.exists(KEY)
    assert store.read(KEY) is None
    store.write(KEY, b"picture")
    assert store.exists(KEY)
    assert store.read(KEY) == b"picture"
    assert store.path(KEY) == tmp_path / "pictures" / KEY
    store.write(KEY, b"another")
    assert store.read(KEY) == b"another"
    assert store.delete(KEY)
    assert not store.delete(KEY)
    assert not store.exists(KEY)


def test_nothing_else_is_left_beside_a_picture(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    store.write(KEY, b"picture")
    assert [file.name for file in store.path(KEY).parent.iterdir()] == [Path(KEY).name]


@pytest.mark.parametrize(
    "key",
    ["", "../x.jpg", "/etc/passwd", "ab/../../x.jpg", "ab//x.jpg", "x", ".x.jpg", "ab/x.jpg\n"],
)
def test_a_key_never_leads_out_of_the_store(tmp_path: Path, key: str) -> None:
    store = PictureStore(tmp_path)
    for use in (store.path, store.exists, store.read, store.delete):
        with pytest.raises(MalformedKey):
            use(key)


@pytest.mark.parametrize(
    ("fingerprint", "kind"),
    [("../../etc", "thumb.jpg"), ("abcd", "../x.jpg"), ("abc", "x.jpg"), ("ABCD", "x.jpg")],
)
def test_a_key_is_made_of_a_fingerprint_and_a_kind(fingerprint: str, kind: str) -> None:
    with pytest.raises(MalformedKey):
        PictureStore.key(fingerprint, kind)
