"""Which calibration table belongs to which Measurement Set, from what they say of themselves."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from mustela.radio.matching.primary_beam import primary_beam_radius
from mustela.radio.matching.rule import Observed, Solved, is_valid_for, names_it, were_applied
from mustela.store.errors import InvalidValue

MS = Observed(
    names=("SB1.ms", "night1.ms"),
    telescope="ASKAP",
    fields=("3C48", "target"),
    start_mjd=59000.0,
    end_mjd=59000.1,
)
TABLE = Solved(
    path="/data/SB1.B0",
    names=("SB1.B0",),
    ms_name="SB1.ms",
    telescope="ASKAP",
    fields=("3C48",),
    start_mjd=59000.05,
    end_mjd=59000.05,
)


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"start_mjd": 58999.0, "end_mjd": 59001.0}, True),
        ({"start_mjd": 59000.1, "end_mjd": 59000.2}, True),  # one moment is shared
        ({"start_mjd": 59000.11, "end_mjd": 59000.2}, False),
        ({"start_mjd": 58999.0, "end_mjd": 58999.9}, False),
        ({"start_mjd": None}, False),
        ({"end_mjd": None}, False),
        ({"telescope": "VLA"}, False),
        ({"telescope": "askap"}, True),
        ({"telescope": None}, True),
        ({"fields": ("3C147",)}, False),
        ({"fields": ()}, True),
    ],
)
def test_a_table_is_valid_while_its_times_share_a_moment(
    changes: dict[str, Any], valid: bool
) -> None:
    assert is_valid_for(MS, msgspec.structs.replace(TABLE, **changes), 0.0) is valid


def test_a_tolerance_widens_the_validity_at_both_ends() -> None:
    for start, end in ((59000.11, 59000.2), (58999.0, 58999.99)):
        table = msgspec.structs.replace(TABLE, start_mjd=start, end_mjd=end)
        assert not is_valid_for(MS, table, 800.0)
        assert is_valid_for(MS, table, 900.0)
    assert not is_valid_for(msgspec.structs.replace(MS, start_mjd=None), TABLE, 900.0)


def test_a_table_names_the_measurement_set_that_it_was_solved_on() -> None:
    assert names_it(MS, TABLE)
    assert names_it(MS, msgspec.structs.replace(TABLE, ms_name="night1.ms", start_mjd=None))
    assert not names_it(MS, msgspec.structs.replace(TABLE, ms_name=None))
    assert not names_it(MS, msgspec.structs.replace(TABLE, telescope="VLA"))


def test_the_history_names_tables_by_path_or_else_by_their_names() -> None:
    tables = {
        1: TABLE,
        2: msgspec.structs.replace(TABLE, path="/other/SB1.B0"),
        3: msgspec.structs.replace(TABLE, path="/data/SB1.G0", names=("SB1.G0",)),
    }

    def applied(*names: str) -> set[int]:
        return were_applied(msgspec.structs.replace(MS, applied=names), tables)

    assert applied("/data/SB1.B0/") == {1}
    assert applied("SB1.B0") == applied("/moved/SB1.B0") == {1, 2}
    assert applied("/other/SB1.B0", "SB1.G0") == {2, 3}
    assert applied("SB1.B") == applied() == set()


def test_the_primary_beam_is_that_of_a_tapered_dish() -> None:
    # ALMA's 12 m antennas at 300 GHz: 19.4 arcseconds (full width).
    assert primary_beam_radius(300e9, 12.0) * 2 * 3600 == pytest.approx(19.4, rel=0.01)
    assert primary_beam_radius(30e6, 1.0) == 90.0
    for frequency, diameter in ((0.0, 12.0), (1e9, -1.0), (math.nan, 12.0), (1e9, math.inf)):
        with pytest.raises(InvalidValue, match="above 0"):
            primary_beam_radius(frequency, diameter)
