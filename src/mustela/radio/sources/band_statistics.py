"""The statistics of one source: a row for each band and Stokes parameter it has epochs in."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from mustela.radio.schema import source_statistics, sources
from mustela.radio.sources.stale import IS_STALE
from mustela.store import AsyncRepository, Statement, SyncRepository, Unit, heavy_read, one, rows
from mustela.store.errors import NotFound

t = source_statistics.c


class FluxStatistics(msgspec.Struct, frozen=True):
    """Of ``n`` flux densities in Jy: see :mod:`mustela.radio.variability`.

    ``vs`` and ``m`` are those of the two epochs with the largest ``|Vs|``: the brighter and the
    fainter one, with their times (MJD, UTC).
    """

    n: int
    mean_jy: float | None
    weighted_mean_jy: float | None
    minimum_jy: float | None
    minimum_mjd: float | None
    maximum_jy: float | None
    maximum_mjd: float | None
    v: float | None
    eta: float | None
    vs: float | None
    m: float | None
    brighter_mjd: float | None
    fainter_mjd: float | None


class BandStatistics(msgspec.Struct, frozen=True):
    """The epochs of a source in one band and Stokes parameter. Times are MJD (UTC).

    ``is_main``: the row that lists of sources show. ``n_forced`` of the epochs are forced fits.
    ``stale``: they are those of before, and wait to be summed anew; see ``Source``.
    """

    band: str
    stokes: str
    is_main: bool
    n_epochs: int
    n_detections: int
    n_forced: int
    first_mjd: float | None
    last_mjd: float | None
    stale: bool
    peak: FluxStatistics
    integrated: FluxStatistics


_OWN = BandStatistics.__struct_fields__[:-2]
_RENAMED = {"vs": "pair_vs", "m": "pair_m"}
_FLUX = tuple(_RENAMED.get(name, name) for name in FluxStatistics.__struct_fields__)
_ROWS = Statement(
    select(
        *(IS_STALE if name == "stale" else t[name] for name in _OWN),
        *(t[f"{flux}_{name}"] for flux in ("peak", "integrated") for name in _FLUX),
    )
    .join(sources, sources.c.seq == t.source)
    .where(sources.c.id == bindparam("id"))
    .order_by(t.is_main.desc(), t.band, t.stokes)
)
_EXISTS = Statement(select(sources.c.seq).where(sources.c.id == bindparam("id")))


class BandStatisticsOperations:
    """Reads of a source's statistics."""

    @heavy_read
    def variability(self, source_id: str) -> Unit[list[BandStatistics]]:
        """A row for each band and Stokes parameter, the main one first. ``NotFound``."""
        found = yield from rows(_ROWS, id=source_id)
        if not found and (yield from one(_EXISTS, int, id=source_id)) is None:
            raise NotFound(f"there is no source {source_id}")
        return [_statistics(row) for row in found]


class BandStatisticsRepository(BandStatisticsOperations, SyncRepository):
    """Statistics of sources, for code that waits."""


class AsyncBandStatisticsRepository(BandStatisticsOperations, AsyncRepository):
    """Statistics of sources, for an event loop."""


def _statistics(row: tuple[Any, ...]) -> BandStatistics:
    own = dict(zip(_OWN, row, strict=False))
    for name in ("is_main", "stale"):
        own[name] = bool(own[name])
    fluxes = row[len(_OWN) :]
    return BandStatistics(
        **own,
        peak=FluxStatistics(*fluxes[: len(_FLUX)]),
        integrated=FluxStatistics(*fluxes[len(_FLUX) :]),
    )
