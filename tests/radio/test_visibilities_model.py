"""The repositories of Measurement Sets and calibration tables against dictionaries."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.repository import AsyncCalibrationTableRepository, CalibrationTableRepository
from mustela.radio.matching.repository import AsyncMatchingRepository, MatchingRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.repository import AsyncMeasurementSetRepository, MeasurementSetRepository
from mustela.store.errors import NotFound
from mustela.store.testing import ENGINES, FACES, Engine, Face, Harness
from tests.radio.item_machine import (
    IDS,
    NAMES,
    SHARED,
    Examples,
    ItemMachine,
    edits,
    forgetting,
    run_machine,
)

PATHS = st.sampled_from(["/x/one.ms", "/x/Ümlaut.ms", "/y/one.ms", "/y/50%_2.ms"])
TELESCOPES = st.sampled_from([None, "ASKAP", "VLA"])
FIELDS = st.sampled_from([(), ("3C48",), ("3C48", "Ümlaut")])
NUMBERS = st.sampled_from([None, 0, 12])
SET_FACTS = {
    **SHARED,
    "telescope": TELESCOPES,
    "field_names": FIELDS,
    "n_antennas": NUMBERS,
    "calibration_applied": st.sampled_from([(), ("day.b",)]),
}
TABLE_FACTS = {
    **SHARED,
    "telescope": TELESCOPES,
    "field_names": FIELDS,
    "n_solutions": NUMBERS,
    "type": st.sampled_from([None, "K Jones"]),
}
#: The one record on the other side, to which those of the model may belong.
OTHER = "other"


def new(record: Any, facts: dict[str, Any]) -> Any:
    """A strategy of new records."""
    return st.builds(record, id=IDS, path=PATHS, **facts)


class MatchedMachine(ItemMachine):
    """Besides, programs say that a record belongs to the one on the other side: that goes and
    comes with the record."""

    def __init__(self, runner: asyncio.Runner, repository: Any, harness: Harness) -> None:
        super().__init__(runner, repository, forgetting(harness))
        self.matching = harness.bind(MatchingRepository, AsyncMatchingRepository)
        #: What was said of each id since it was made: that it was applied, or not.
        self.matches: dict[str, bool] = {}

    def record(self, id: str, applied: bool) -> Any:
        raise NotImplementedError

    def forget(self, id: str) -> Any:
        raise NotImplementedError

    def found(self, id: str) -> Any:
        raise NotImplementedError

    def added(self, item: Any) -> Any:
        found = super().added(item)
        if found is not None:
            self.matches.pop(item.id, None)
        return found

    @rule(id=IDS, applied=st.booleans())
    def say_that_it_belongs(self, id: str, applied: bool) -> None:
        if id not in self.model:
            with pytest.raises(NotFound):
                self.run(self.record(id, applied))
            return
        self.run(self.record(id, applied))
        self.matches[id] = applied

    @rule(id=IDS)
    def take_that_back(self, id: str) -> None:
        if id in self.model:
            assert self.run(self.forget(id)) is (id in self.matches)
            self.matches.pop(id, None)

    @invariant()
    def same_matches(self) -> None:
        for id in NAMES:
            found = [(one.how, one.applied) for one in self.run(self.found(id))]
            said = id in self.model and id in self.matches
            assert found == ([("recorded", self.matches[id])] if said else [])


class SetMachine(MatchedMachine):
    """Measurement Sets."""

    derived = ("cell",)
    listing = "list_measurement_sets"

    def record(self, id: str, applied: bool) -> Any:
        return self.matching.record_calibration(id, OTHER, applied=applied)

    def forget(self, id: str) -> Any:
        return self.matching.forget_calibration(id, OTHER)

    def found(self, id: str) -> Any:
        return self.matching.calibration_of(id)

    @rule(item=new(MeasurementSet, SET_FACTS))
    def add(self, item: MeasurementSet) -> None:
        self.added(item)

    @rule(id=IDS, fields=edits(SET_FACTS, PATHS))
    def update(self, id: str, fields: dict[str, Any]) -> None:
        self.updated(id, fields)


class TableMachine(MatchedMachine):
    """Calibration tables."""

    listing = "list_calibration_tables"

    def record(self, id: str, applied: bool) -> Any:
        return self.matching.record_calibration(OTHER, id, applied=applied)

    def forget(self, id: str) -> Any:
        return self.matching.forget_calibration(OTHER, id)

    def found(self, id: str) -> Any:
        return self.matching.measurement_sets_of(id)

    @rule(item=new(CalibrationTable, TABLE_FACTS))
    def add(self, item: CalibrationTable) -> None:
        self.added(item)

    @rule(id=IDS, fields=edits(TABLE_FACTS, PATHS))
    def update(self, id: str, fields: dict[str, Any]) -> None:
        self.updated(id, fields)


def machine_of(kind: str, runner: asyncio.Runner, harness: Harness) -> ItemMachine:
    """A machine, and the record on its other side, which stays there."""
    sets = harness.bind(MeasurementSetRepository, AsyncMeasurementSetRepository)
    tables = harness.bind(CalibrationTableRepository, AsyncCalibrationTableRepository)
    machine: MatchedMachine
    record: MeasurementSet | CalibrationTable
    if kind == "ms":
        machine = SetMachine(runner, sets, harness)
        other, record = tables, CalibrationTable(id=OTHER, path="/other.b")
    else:
        machine = TableMachine(runner, tables, harness)
        other, record = sets, MeasurementSet(id=OTHER, path="/other.ms")
    if machine.run(other.get(OTHER)) is None:
        machine.run(other.add(record))
    return machine


@pytest.mark.unmeasured
@pytest.mark.parametrize("kind", ["ms", "cal"])
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_sequence_of_calls_answers_as_a_dictionary_would(
    engine: Engine, face: Face, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run_machine(
        lambda runner, harness: machine_of(kind, runner, harness),
        engine,
        face,
        tmp_path,
        request,
        Examples(memory=5, sqlite=2, postgresql=1),
    )
