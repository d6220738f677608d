"""What a scan does with files as they come, change, and go."""

from __future__ import annotations

from tests.files.library import Library


async def test_a_first_scan_catalogues_what_it_finds(library: Library) -> None:
    library.put("a.toy", "bear")
    library.put("box/b.TOY", "car")
    library.put("box/c.doll", "unsupported")
    library.put("notes.txt", "not media")
    library.put(".hidden.toy", "hidden")
    library.put(".git/x.toy", "hidden")
    result = await library.scan()
    assert await library.there() == {"a.toy": "bear", "box/b.TOY": "car"}
    assert (result.entries, result.catalogued, result.unsupported, result.not_media) == (5, 2, 1, 1)
    assert (result.excluded, result.excluded_directories, result.directories) == (1, 1, 2)
    assert result.problem is None


async def test_a_rescan_of_unchanged_files_writes_nothing(library: Library) -> None:
    for number in range(20):
        library.put(f"{number}.toy", f"toy {number}")
    await library.scan()
    before = await library.toys.everything(library.root.id)
    result = await library.scan()
    assert result.unchanged == 20
    assert result.catalogued == 0
    assert await library.toys.everything(library.root.id) == before
