"""Repositories of the radio collection on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.files.schema import files_metadata
from mustela.radio.cal.repository import AsyncCalibrationTableRepository, CalibrationTableRepository
from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.ms.repository import AsyncMeasurementSetRepository, MeasurementSetRepository
from mustela.radio.schema import radio_metadata
from mustela.radio.sources.repository import AsyncSourceRepository, SourceRepository
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness

METADATA = (files_metadata, radio_metadata)


@pytest.fixture
async def radio_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    """A store with the tables of files and of the radio collection."""
    async with open_engine(METADATA) as harness:
        yield harness


@pytest.fixture
def images(radio_harness: Harness) -> Any:
    """Images, every operation awaited."""
    return radio_harness.bind(ImageRepository, AsyncImageRepository)


@pytest.fixture
def measurement_sets(radio_harness: Harness) -> Any:
    """Measurement Sets, every operation awaited."""
    return radio_harness.bind(MeasurementSetRepository, AsyncMeasurementSetRepository)


@pytest.fixture
def calibration_tables(radio_harness: Harness) -> Any:
    """Calibration tables, every operation awaited."""
    return radio_harness.bind(CalibrationTableRepository, AsyncCalibrationTableRepository)


@pytest.fixture
def sources(radio_harness: Harness) -> Any:
    """Sources and their measurements, every operation awaited."""
    return radio_harness.bind(SourceRepository, AsyncSourceRepository)
