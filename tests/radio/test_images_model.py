"""The repository of images against a dictionary: any sequence of calls, every engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.sky.positions import separation
from mustela.store.testing import ENGINES, FACES, Engine, Face
from tests.radio.item_machine import (
    IDS,
    SHARED,
    Examples,
    ItemMachine,
    edits,
    forgetting,
    run_machine,
)

PATHS = st.sampled_from(["/x/one.fits", "/x/Ümlaut.fits", "/y/one.fits", "/y/50%_2.fits"])
PLACES = st.sampled_from(
    [(None, None), (0.0, 0.0), (359.9999, 0.0), (150.0, -30.0), (10.0, 90.0), (200.0, -90.0)]
)
FACTS = {
    **SHARED,
    "kind": st.sampled_from([None, "restored", "psf"]),
    "noise_jy": st.sampled_from([None, 1e-4, 2e-4]),
    "version_of": st.sampled_from([None, None, "p"]),
    "version": st.sampled_from([None, 1, 2]),
}


@st.composite
def new_images(draw: Any) -> Image:
    ra, dec = draw(PLACES)
    place = {"ra_deg": ra, "dec_deg": dec, "radius_deg": None if ra is None else 0.5}
    facts = {name: draw(values) for name, values in FACTS.items()}
    return Image(id=draw(IDS), path=draw(PATHS), **place, **facts)


class ImageMachine(ItemMachine):
    """Images lie on the sky besides; what is settled among them: see the tests of epochs."""

    settled: ClassVar = {"counts": False, "why_not": None, "is_current": True}
    derived = ("cell", "reach")
    listing = "list_images"

    @rule(image=new_images())
    def add(self, image: Image) -> None:
        found = self.added(image)
        assert found is None or (found.cell is None) == (image.ra_deg is None)

    @rule(id=IDS, fields=edits(FACTS, PATHS))
    def update(self, id: str, fields: dict[str, Any]) -> None:
        self.updated(id, fields)

    @rule(place=PLACES, radius=st.sampled_from([0.0, 0.5, 100.0, 180.0]))
    def near(self, place: tuple[float | None, float | None], radius: float) -> None:
        ra, dec = place
        if ra is None or dec is None:
            return
        found = self.listed(near=(ra, dec, radius), sort="id")
        assert [one.id for one in found] == [
            one.id
            for one in self.ordered("id")
            if one.ra_deg is not None
            and one.dec_deg is not None
            and separation(ra, dec, one.ra_deg, one.dec_deg) <= radius
        ]

    @rule(kind=st.sampled_from(["restored", "psf"]), sort=st.sampled_from(["noise_jy", "id"]))
    def of_a_kind(self, kind: str, sort: str) -> None:
        assert [one.id for one in self.listed(kind=kind, sort=sort)] == [
            one.id for one in self.ordered(sort) if one.kind == kind
        ]


@pytest.mark.unmeasured
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_sequence_of_calls_answers_as_a_dictionary_would(
    engine: Engine, face: Face, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run_machine(
        lambda runner, harness: ImageMachine(
            runner, harness.bind(ImageRepository, AsyncImageRepository), forgetting(harness)
        ),
        engine,
        face,
        tmp_path,
        request,
        Examples(memory=12, sqlite=4, postgresql=2),
    )
