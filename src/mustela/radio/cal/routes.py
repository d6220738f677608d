"""The routes of calibration tables; a catalogued path serves as the id too."""

from __future__ import annotations

from fastapi import APIRouter

from mustela.radio.cal.listing import PAGES, CalibrationTableFilters
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.records import TOPIC
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.documents import CALIBRATION_MEANINGS
from mustela.radio.item_routes import ItemRoutes

CALIBRATION_TABLES = ItemRoutes(
    "calibration table",
    AsyncCalibrationTableRepository,
    CalibrationTable,
    PAGES,
    CalibrationTableFilters,
    CALIBRATION_MEANINGS,
    (TOPIC,),
    "cal",
    by_path=True,
)

router = APIRouter(prefix="/cal", tags=["calibration tables"])
CALIBRATION_TABLES.lists(router)
CALIBRATION_TABLES.one(router)
CALIBRATION_TABLES.retirement(router)
