"""``mustela radio export``: lists as files, streamed to a file or to standard output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

from mustela.collection import Services
from mustela.commands.workplace import workplace
from mustela.console import DONE, fail
from mustela.http.exporting import FileFormat, as_csv, as_json
from mustela.radio.exports.formats import formats_for
from mustela.radio.exports.image_meanings import IMAGE_FIELDS
from mustela.radio.exports.regions import (
    Drawn,
    image_region,
    measurement_region,
    source_region,
)
from mustela.radio.exports.source_meanings import MEASUREMENT_FIELDS, SOURCE_FIELDS
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.settings import Settings
from mustela.store.record import Record

FORMATS = ("csv", "json", "votable", "parquet", "reg")


def export_to(settings: Settings, what: str, format: str, output: Path | None) -> int:
    """Write it; answers the exit status. A file that is there already is replaced at the end."""
    writing = _formats(what)[format]
    if output is None:
        asyncio.run(_write(settings, what, writing, sys.stdout.buffer))
        return DONE
    partial = output.with_name(f".{output.name}.part")
    try:
        with partial.open("wb") as file:
            asyncio.run(_write(settings, what, writing, file))
        partial.replace(output)
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return DONE


async def _write(settings: Settings, what: str, writing: FileFormat[Any], file: IO[bytes]) -> None:
    async with workplace(settings, "radio export") as services:
        async for chunk in writing.written(_items(services, what)):
            file.write(chunk)
    file.flush()


async def _items(services: Services, what: str) -> AsyncIterator[Any]:
    sources = services.repository(AsyncSourceRepository)
    if what == "images":
        async for image in services.repository(AsyncImageRepository).everything(sort="id"):
            yield image
        return
    async for source in sources.everything(sort="id"):
        if what == "sources":
            yield source
            continue
        for measured in await sources.measurements(source.id):
            yield measured


def _formats(what: str) -> Mapping[str, FileFormat[Any]]:
    record: type[Record]
    region: Drawn
    match what:
        case "images":
            record, meanings, region = Image, IMAGE_FIELDS, image_region
            label, description = attrgetter("filename"), "Continuum images"
        case "sources":
            record, meanings, region = Source, SOURCE_FIELDS, source_region
            label, description = attrgetter("name"), "Radio sources"
        case _:
            record, meanings, region = Measurement, MEASUREMENT_FIELDS, measurement_region
            label, description = attrgetter("id"), "Light curves of radio sources"
    names = record.public.__struct_fields__
    others = formats_for(
        record, meanings, name=what, description=description, region=region, label=label
    )
    return {
        "csv": as_csv({name: attrgetter(name) for name in names}),
        "json": as_json(lambda item: item.to_public()),
        **others,
    }
