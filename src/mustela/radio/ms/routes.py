"""The routes of Measurement Sets; a catalogued path serves as the id too."""

from __future__ import annotations

from fastapi import APIRouter

from mustela.radio.documents import MS_MEANINGS
from mustela.radio.item_routes import ItemRoutes
from mustela.radio.ms.listing import PAGES, MeasurementSetFilters
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.records import TOPIC
from mustela.radio.ms.repository import AsyncMeasurementSetRepository

MEASUREMENT_SETS = ItemRoutes(
    "Measurement Set",
    AsyncMeasurementSetRepository,
    MeasurementSet,
    PAGES,
    MeasurementSetFilters,
    MS_MEANINGS,
    (TOPIC,),
    "ms",
    by_path=True,
)

router = APIRouter(prefix="/ms", tags=["measurement sets"])
MEASUREMENT_SETS.lists(router)
MEASUREMENT_SETS.one(router)
MEASUREMENT_SETS.retirement(router)
