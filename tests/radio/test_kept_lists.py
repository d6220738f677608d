"""Lists of images, Measurement Sets and calibration tables are put together from records that are
kept: whatever writes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from mustela.files.schema import files_metadata
from mustela.jobs.schema import jobs_metadata
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.grading.repository import AsyncGradingRepository, GradingRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.rules.record import EpochRule, RadioRules
from mustela.radio.rules.repository import AsyncRulesRepository, RulesRepository
from mustela.radio.schema import calibration_tables, images, measurement_sets, radio_metadata
from mustela.store.ddl import ddl_statements
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.radio.sources.made import image, measurement, source

TABLES = (images, measurement_sets, calibration_tables)


@pytest.fixture
async def radio_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine((jobs_metadata, files_metadata, radio_metadata)) as harness:
        yield harness


async def listed(items: Any) -> dict[str, dict[str, Any]]:
    """What a list says of each, once it is kept; it is what the rows say."""
    await items.encoded_page(100)
    await items.page(100)
    encoded, kept = await items.encoded_page(100), await items.page(100)
    true = [await items.get(one.id) for one in kept.items]
    assert kept.items == true
    found = msgspec.json.decode(encoded.items)
    assert found == msgspec.json.decode(msgspec.json.encode([one.to_public() for one in true]))
    return {item["id"]: item for item in found}


async def test_a_list_of_images_follows_measurements(images: Any, sources: Any) -> None:
    await images.add_many([image("a"), image("b", 59001.0)])
    assert (await listed(images))["a"]["n_sources"] is None
    await sources.add(source("s"))
    await sources.add_measurements("a", [measurement(), measurement()], source_ids=["s", None])
    assert (await listed(images))["a"]["n_sources"] == 2
    await sources.replace_measurements("a", ["detected"], [])
    assert (await listed(images))["a"]["n_sources"] == 0
    assert (await listed(images))["b"]["n_sources"] is None


async def test_a_list_of_images_follows_what_counts(images: Any) -> None:
    await images.add_many([image("a"), image("b"), image("m", kind="mosaic")])
    assert (await listed(images))["a"]["counts"] is True
    await images.set_inputs("m", ["a"])
    assert (await listed(images))["a"]["why_not"] == "in_mosaic"
    await images.update("m", grade_given="fail")
    assert (await listed(images))["a"]["counts"] is True
    await images.delete("m")
    await images.add(image("a2", version_of="p", version=2))
    await images.add(image("a1", version_of="p", version=1))
    found = await listed(images)
    assert (found["a1"]["is_current"], found["a2"]["is_current"]) == (False, True)
    await images.delete("a2")
    assert (await listed(images))["a1"]["is_current"] is True
    await images.revert((await images.history("a2", 1))[0].id)
    assert (await listed(images))["a1"]["is_current"] is False


async def test_a_list_follows_the_rules(radio_harness: Harness, images: Any, sources: Any) -> None:
    said = radio_harness.bind(RulesRepository, AsyncRulesRepository)
    await images.add(image("r", kind="residual"))
    assert (await listed(images))["r"]["counts"] is False
    await said.set_rules(RadioRules(epochs=EpochRule(kinds=("residual",))))
    await sources.recount()
    assert (await listed(images))["r"]["counts"] is True


async def test_lists_follow_grades(
    radio_harness: Harness, images: Any, measurement_sets: Any, calibration_tables: Any
) -> None:
    grading = radio_harness.bind(GradingRepository, AsyncGradingRepository)
    await images.add(image("i"))
    await measurement_sets.add(MeasurementSet(id="i", path="/a.ms"))
    await calibration_tables.add(CalibrationTable(id="i", path="/a.cal"))
    for items, grade in (
        (images, grading.grade_images),
        (measurement_sets, grading.grade_ms),
        (calibration_tables, grading.grade_calibration_tables),
    ):
        assert (await listed(items))["i"]["graded_at"] is None
        await grade(["i"])
        graded = (await listed(items))["i"]
        assert graded["graded_at"] is not None
        await items.update("i", grade_given="fail")
        assert (await listed(items))["i"]["grade"] == "fail"
        # What was computed holds again: that is written by a statement of its own.
        await items.update("i", grade_given=None)
        assert (await listed(items))["i"]["grade"] == graded["grade_computed"]


#: In a process of its own: other tests make statements that this is no word about.
_INSPECTION = """
import gc, importlib, json, pkgutil
import mustela.radio
from sqlalchemy import Update
from mustela.store import Statement
from mustela.store.schema import revision_of
for module in pkgutil.walk_packages(mustela.radio.__path__, "mustela.radio."):
    if "migrations" in module.name:
        continue
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        if (error.name or "").startswith("mustela"):
            raise
clauses = [one.clause for one in gc.get_objects() if isinstance(one, Statement)]
updates = [one for one in clauses if isinstance(one, Update) and revision_of(one.table) is not None]
print(json.dumps([(str(one.table), str(one)) for one in updates]))
"""


def updates() -> list[list[str]]:
    """The statements of the collection that update a table with revisions: table, SQL."""
    done = subprocess.run(
        [sys.executable, "-c", _INSPECTION], capture_output=True, text=True, check=True
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def forgets(sql: str) -> bool:
    """Whether an update leaves the revision as it was."""
    return "revision=" not in sql.partition(" SET ")[2].partition(" WHERE ")[0]


def test_every_statement_that_updates_a_table_with_revisions_writes_one() -> None:
    found = updates()
    assert {name for name, _ in found} >= {table.name for table in TABLES}
    assert [sql for name, sql in found if forgets(sql)] == []


def test_a_statement_that_forgot_the_revision_would_be_noticed() -> None:
    c = images.c
    assert forgets(str(update(images).values(field="F").where(c.revision == 1)))
    assert not forgets(str(update(images).values(field="F", revision=2).where(c.seq == 1)))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_trigger_writes_the_rows_whose_encoded_records_are_kept(dialect: str) -> None:
    """It would leave their revision as it was."""
    statements = list(ddl_statements((radio_metadata,), dialect))
    acting = [sql for sql in statements if re.match(r"CREATE (TRIGGER|FUNCTION)", sql)]
    assert acting
    names = "|".join(table.name for table in TABLES)
    for sql in acting:
        body = sql.partition("BEGIN")[2]
        assert not re.search(rf"(UPDATE|INTO)\s+\"?({names})\"?[\s(;]", body), sql
        assert "BEFORE" not in sql.partition("BEGIN")[0]
        assert not re.search(r"new\.\w+\s*:?=", body), sql
