"""The statistics of the collection, as every collection tells them."""

from __future__ import annotations

from mustela.collection import CollectionStats, Lag, NewestItem, Recent, Services
from mustela.files.file_stats import FileStats
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.ms.repository import AsyncMeasurementSetRepository
from mustela.radio.provenance.repository import AsyncRadioProvenanceRepository
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.store import from_microseconds
from mustela.store.listing import COUNT_LIMIT


async def collection_stats(services: Services) -> CollectionStats:
    """Products and bytes, present and missing, of all three kinds; images by grade and lag."""
    found = {
        "images": await services.repository(AsyncImageRepository).stats(),
        "ms": await services.repository(AsyncMeasurementSetRepository).stats(),
        "cal": await services.repository(AsyncCalibrationTableRepository).stats(),
    }
    sources = await services.repository(AsyncSourceRepository).count()
    lag = await services.repository(AsyncRadioProvenanceRepository).image_lag()
    kinds = list(found.values())
    by_status = {
        "present": sum(one.present.files for one in kinds),
        "missing": sum(one.missing.files for one in kinds),
    }
    bytes_by_status = {
        "present": sum(one.present.bytes for one in kinds),
        "missing": sum(one.missing.bytes for one in kinds),
    }
    return CollectionStats(
        count=sum(by_status.values()),
        by_status=by_status,
        bytes=sum(bytes_by_status.values()),
        bytes_by_status=bytes_by_status,
        recent=_recent(kinds),
        newest=_newest(kinds),
        by_kind={
            **{name: one.present.files + one.missing.files for name, one in found.items()},
            "sources": sources,
        },
        by_grade=lag.by_grade,
        lag=Lag(
            days=lag.days,
            n_items=lag.n_images,
            median_seconds=lag.median_seconds,
            p90_seconds=lag.p90_seconds,
            newest_seconds=lag.newest_seconds,
            is_exact=lag.is_exact,
        ),
    )


def _recent(kinds: list[FileStats]) -> Recent:
    return Recent(
        sum(min(one.last_day, COUNT_LIMIT) for one in kinds),
        sum(min(one.last_week, COUNT_LIMIT) for one in kinds),
        all(one.last_week <= COUNT_LIMIT for one in kinds),
    )


def _newest(kinds: list[FileStats]) -> NewestItem | None:
    newest = [one.newest for one in kinds if one.newest is not None]
    if not newest:
        return None
    last = max(newest, key=lambda one: one.added_at)
    return NewestItem(last.id, last.name, from_microseconds(last.added_at))
