"""Products as a scan has them examined: in a child process, as what the walk met."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("astropy", reason="the extra mustela[radio] is not installed")
pytest.importorskip("casacore.tables", reason="python-casacore is not there for this machine")

from mustela.files import walk_main
from mustela.files.children import Children
from mustela.files.failure import Failure
from mustela.files.path_text import encode
from mustela.files.walk_wire import WalkOrder
from mustela.radio.visibilities.facts import CalibrationTableFacts, MeasurementSetFacts
from mustela.radio.visibilities.products import CASACORE_TABLE
from tests.radio.visibilities.small_ms import make_calibration, make_ms

EXAMINE = "mustela.radio.visibilities.examine:examine"
FACTS: Any = MeasurementSetFacts | CalibrationTableFacts


async def test_sets_and_tables_are_met_as_one_item_each_and_come_back_as_facts(
    tmp_path: Path,
) -> None:
    (tmp_path / "day").mkdir()
    ms = make_ms(tmp_path / "day" / "x.ms")
    make_calibration(tmp_path / "day" / "x.ms.bcal", subtables_of=ms)
    (tmp_path / "day" / "other").mkdir()
    (tmp_path / "day" / "other" / "table.dat").touch()
    (tmp_path / "day" / "other" / "table.info").write_text("Type = Sky Model\nSubType = \n")
    order = WalkOrder(encode(tmp_path), True, [], {"fits": "candidate"}, "", CASACORE_TABLE)
    (batch,) = walk_main.walk(order)
    assert [file[0] for file in batch.files] == ["day/other", "day/x.ms", "day/x.ms.bcal"]
    assert (batch.counts.entries, batch.counts.candidates, batch.counts.not_media) == (3, 3, 0)
    async with Children(size=1) as children:
        found = [
            await children.run(
                "mustela.files.examination:examine",
                EXAMINE,
                os.fsencode(tmp_path / path),
                size,
                mtime_ns,
                CASACORE_TABLE,
                result=FACTS,
            )
            for path, size, mtime_ns in batch.files
        ]
    other, observed, calibration = found
    assert other == Failure("not_an_item", "it is a table of another kind: Sky Model")
    assert isinstance(observed, MeasurementSetFacts)
    assert isinstance(calibration, CalibrationTableFacts)
    assert (observed.n_rows, calibration.n_solutions) == (50, 3)
