from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mustela.files.picture_store import MARK, MalformedKey, PictureStore, PicturesUnreachable

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


def test_a_shared_directory_must_bear_its_mark(tmp_path: Path) -> None:
    share = tmp_path / "share"
    store = PictureStore(share, shared=True)
    with pytest.raises(PicturesUnreachable, match="is not there; mount it"):
        store.write(KEY, b"picture")
    assert not share.exists(), "it is not made in the place of a share that is not mounted"
    share.mkdir()
    with pytest.raises(PicturesUnreachable, match=re.escape(str(share / MARK))):
        store.write(KEY, b"picture")
    assert list(share.iterdir()) == []
    (share / MARK).touch()
    store.write(KEY, b"picture")
    assert store.read(KEY) == b"picture"
    (share / MARK).unlink()
    with pytest.raises(PicturesUnreachable):
        store.write(KEY, b"another")
    assert store.read(KEY) == b"picture", "what is there is still shown"


def test_writers_on_several_machines_never_show_half_a_picture(tmp_path: Path) -> None:
    """They have the same process number: threads do too."""
    store, whole = PictureStore(tmp_path), {bytes([n]) * 200_000 for n in range(4)}
    reading = threading.Event()
    seen: set[bytes | None] = set()

    def read() -> None:
        while not reading.is_set():
            seen.add(store.read(KEY))

    with ThreadPoolExecutor(5) as threads:
        reader = threads.submit(read)
        for written in [threads.submit(store.write, KEY, one) for one in whole for _ in range(10)]:
            written.result()
        reading.set()
        reader.result()
    assert seen - {None} <= whole
    assert store.read(KEY) in whole
    assert [file.name for file in store.path(KEY).parent.iterdir()] == [Path(KEY).name]
