"""What is read from Measurement Sets on request, in child processes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec

from mustela.collection import Needs
from mustela.errors import MustelaError
from mustela.radio.made_files import MadeFiles
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.product_files import (
    ProductFiles,
    ProductUnreadable,
    digest,
    product_files_of,
)
from mustela.radio.visibilities.details import MeasurementSetMetadata
from mustela.radio.visibilities.facts import Antenna
from mustela.radio.visibilities.pictured import RasterPicture

T = TypeVar("T")

_READING = "mustela.radio.visibilities"
#: Seconds; a raster of a large data set reads hundreds of chunks.
_RASTER_LIMIT = 180.0


class RasterRefused(MustelaError, ValueError):
    """The Measurement Set has nothing of that kind to show."""

    code = "raster_refused"


class Visibilities:
    """Metadata, antennas and rasters; all raise what :meth:`ProductFiles.read` does."""

    def __init__(self, files: ProductFiles, made: MadeFiles) -> None:
        self._files = files
        self._made = made

    async def label(self, ms: MeasurementSet) -> str:
        """Text for the content: see :meth:`ProductFiles.label`."""
        return await self._files.label(ms)

    async def metadata(self, ms: MeasurementSet) -> MeasurementSetMetadata:
        """What the subtables tell."""
        return await self._read(ms, "metadata:metadata", result=MeasurementSetMetadata)

    async def antennas(self, ms: MeasurementSet) -> tuple[Antenna, ...]:
        """The antennas, with the flagged fraction of each."""
        return await self._read(ms, "measurement_set:antennas", result=tuple[Antenna, ...])

    async def raster(
        self, ms: MeasurementSet, label: str, asked: Mapping[str, Any]
    ) -> RasterPicture:
        """A picture of averages; ``RasterRefused`` where there is nothing of what is asked."""

        async def make(target: bytes) -> None:
            await self._files.read(
                self._covered(ms),
                "mustela.radio.ms.raster_making:make_raster",
                asked,
                target,
                result=type(None),
                library="casacore",
                time_limit=_RASTER_LIMIT,
                errors={"selection": RasterRefused},
            )

        name = digest(label, *(f"{name}={value}" for name, value in sorted(asked.items())))
        path = await self._made.shelved(f"{name}.msgpack", make)
        made = await asyncio.to_thread(path.read_bytes)
        return await asyncio.to_thread(partial(msgspec.msgpack.decode, made, type=RasterPicture))

    async def _read(self, ms: MeasurementSet, function: str, *, result: type[T]) -> T:
        return await self._files.read(
            self._covered(ms), f"{_READING}.{function}", result=result, library="casacore"
        )

    @staticmethod
    def _covered(ms: MeasurementSet) -> MeasurementSet:
        if ms.format not in (None, "ms"):
            raise ProductUnreadable(
                f"{ms.filename} is {ms.format}: this is read of Measurement Sets only"
            )
        return ms


def visibilities_of(services: Needs) -> Visibilities:
    """The dependency: the Measurement Sets of this server."""
    found: Any = services.parts.get(Visibilities)
    if found is None:
        made = MadeFiles(services.picture_store)
        found = services.parts[Visibilities] = Visibilities(product_files_of(services), made)
    return found  # type: ignore[no-any-return]  # what is kept under a class is one of it
