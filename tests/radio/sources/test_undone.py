"""A deletion that is undone brings back what was measured, on every engine."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from mustela.radio.grading.repository import AsyncGradingRepository, GradingRepository
from mustela.radio.sources import stale
from mustela.radio.sources.record import Measurement
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    audit,
    count,
    rows,
    write,
)
from mustela.store.errors import AlreadyExists
from mustela.store.schema import audit as audit_table
from mustela.store.testing import Harness
from tests.radio.sources.made import image, measurement, source

pytest.importorskip("scipy", reason="associations need the extra `radio`")

#: Of a source, what its grade follows from.
SUMS = {"n_in_failed_images", "n_flagged", "n_de_ruiter", "sum_de_ruiter_squared"}


async def two_nights(images: Any, sources: Any) -> None:
    """Three sources in two images, one of them in the second alone, and a detection of none."""
    await images.add_many([image("a"), image("b", 59001.0)])
    for n, id in enumerate(("a", "b")):
        found = [
            measurement(0.01 * (n + 1), id=f"{id}1"),
            measurement(0.02, id=f"{id}2", dec_deg=-30.1),
        ]
        await sources.add_measurements(id, found + ([found[0].replace(id="b3", dec_deg=-30.2)] * n))
        await sources.associate(id)
    await sources.add_measurements("b", [measurement(id="b4", dec_deg=-30.3)])


async def said(sources: Any) -> dict[str, Any]:
    """All that is known of sources, but when it was written."""
    return {one.id: one.replace(updated_at=None) for one in await sources.list_sources()}


async def links(sources: Any, image_id: str) -> dict[str, Measurement]:
    return {one.id: one for one in await sources.image_measurements(image_id)}


async def test_an_image_that_was_deleted_by_mistake_has_its_measurements_and_sums_again(
    images: Any, sources: Any
) -> None:
    await two_nights(images, sources)
    before, measured = await said(sources), await links(sources, "b")
    picture = await images.get("b")
    await images.delete("b")
    assert {one.n_epochs for one in await sources.list_sources()} == {1, 0}
    await images.revert((await images.history("b"))[0].id)
    assert await said(sources) == before
    assert await links(sources, "b") == measured
    assert (await images.get("b")).n_sources == picture.n_sources == 4
    # And once more: an undo can be undone, and that too.
    await images.revert((await images.history("b"))[0].id)
    assert await images.get("b") is None
    await images.revert((await images.history("b"))[0].id)
    assert await said(sources) == before
    assert await links(sources, "b") == measured


async def test_a_whole_root_comes_back_with_its_light_curves(images: Any, sources: Any) -> None:
    await two_nights(images, sources)
    before = await said(sources)
    assert await images.leave_root("") == 2
    assert {one.n_measurements for one in await sources.list_sources()} == {0}
    await images.revert((await images.history("a"))[0].change_id)
    assert await said(sources) == before


async def test_what_was_said_meanwhile_holds_for_what_comes_back(images: Any, sources: Any) -> None:
    await two_nights(images, sources)
    one, two = (links_.source_id for links_ in (await links(sources, "a")).values())
    await images.update("b", version_of="night", version=1)
    await images.delete("b")
    await images.add(image("c", 59002.0, version_of="night", version=2))
    await sources.delete(two)
    await images.revert((await images.history("b"))[0].id)
    found = await links(sources, "b")
    assert {m.why_not for m in found.values()} == {"superseded"}
    assert (found["b1"].source_id, found["b2"].source_id) == (one, None)
    # The source that was deleted meanwhile has them when it is back.
    await sources.revert((await sources.history(two))[0].id)
    assert (await links(sources, "b"))["b2"].source_id == two
    assert (await sources.get(two)).n_measurements == 2


async def test_sources_that_went_because_nothing_was_left_of_them_come_back_with_the_image(
    images: Any, sources: Any
) -> None:
    await two_nights(images, sources)
    before = await said(sources)
    alone = (await links(sources, "b"))["b3"].source_id
    await images.delete("b")
    assert (await sources.associate("a")).removed == 1
    assert await sources.get(alone) is None
    await images.revert((await images.history("b"))[0].id)
    assert (await said(sources)).keys() == before.keys()
    assert (await sources.get(alone)).n_measurements == 1
    # Nobody said that it is a source: it goes again with the image.
    await images.delete("b")
    assert (await sources.associate("a")).removed == 1


async def test_a_new_image_has_nothing_of_the_deleted_one_whose_id_it_has(
    images: Any, sources: Any
) -> None:
    await two_nights(images, sources)
    await images.delete("b")
    await images.add(image("b", 59001.0))
    assert await sources.image_measurements("b") == []
    await images.delete("b")
    await images.revert((await images.history("b"))[0].id)
    assert await sources.image_measurements("b") == []
    assert (await images.get("b")).n_sources is None


async def test_an_image_in_which_nothing_was_found_was_searched_still(
    images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await sources.add(source("one"))
    await sources.add_measurements("a", [measurement()], source_ids=["one"])
    await sources.replace_measurements("a", ["detected"], [])
    assert (await images.get("a")).n_sources == 0
    await images.delete("a")
    await images.revert((await images.history("a"))[0].id)
    assert (await images.get("a")).n_sources == 0


async def test_a_source_that_has_measurements_again_does_not_go_while_it_waits_for_its_sums(
    images: Any, sources: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_nights(images, sources)
    alone = (await links(sources, "b"))["b3"].source_id
    await images.delete("b")
    # It has none now, and an association is about to remove it.
    assert (await sources.get(alone)).n_measurements == 0
    monkeypatch.setattr(stale, "SUMMED_AT_ONCE", 0)
    await images.revert((await images.history("b"))[0].id)
    assert (await sources.get(alone)).stale
    assert await sources.remove_orphans("a", []) == 0
    await sources.refresh()
    assert (await sources.get(alone)).n_measurements == 1


async def test_a_deletion_is_undone_where_ids_of_measurements_are_others_now(
    images: Any, sources: Any
) -> None:
    await two_nights(images, sources)
    await images.delete("b")
    await sources.add_measurements("a", [measurement(id="b1", dec_deg=-30.4)])
    with pytest.raises(AlreadyExists, match="measurement b1 of image b"):
        await images.revert((await images.history("b"))[0].id)
    assert await images.get("b") is None
    await sources.delete_measurements("a")
    await images.revert((await images.history("b"))[0].id)
    assert len(await links(sources, "b")) == 4


class OlderAudit:
    """What an earlier version wrote of a deleted source, which knew of no sums of its grade."""

    @write
    def forget_sums(self, id: str) -> Unit[int]:
        c = audit_table.c
        chosen = (c.topic == "sources", c.record_id == id, c.action == "delete")
        ((text,),) = yield from rows(Statement(select(c.before).where(*chosen)))
        said = audit.decode(text) or {}
        older = audit.encode({name: said[name] for name in said.keys() - SUMS})
        change = update(audit_table).where(*chosen).values(before=older)
        return (yield from count(Statement(change)))


class SyncOlderAudit(OlderAudit, SyncRepository):
    """Sync."""


class AsyncOlderAudit(OlderAudit, AsyncRepository):
    """Async."""


async def test_a_source_that_an_earlier_version_deleted_comes_back_and_is_graded(
    images: Any, sources: Any, radio_harness: Harness
) -> None:
    grading = radio_harness.bind(GradingRepository, AsyncGradingRepository)
    await images.add(image("a"))
    await sources.add(source("one"))
    flagged = [measurement(flags=("edge",), id=f"m{n}") for n in range(2)]
    await sources.add_measurements("a", flagged, source_ids=["one", "one"])
    await grading.grade_sources(["one"])
    before = await said(sources)
    assert before["one"].grade_reasons == ("flagged_fits: 1 > 0.5 (warn)",)
    await sources.delete("one")
    assert await radio_harness.bind(SyncOlderAudit, AsyncOlderAudit).forget_sums("one") == 1
    await sources.revert((await sources.history("one"))[0].id)
    assert await said(sources) == before
