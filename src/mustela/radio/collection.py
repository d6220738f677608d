"""The collection of radio images and what belongs to them, as the server installs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from mustela.collection import Collection, Installed, Services
from mustela.files.root import AsyncRootRepository
from mustela.files.scan_part import make_part_handler
from mustela.files.scan_share import Sharing
from mustela.files.schedule import ScanSchedule
from mustela.radio.branch import RADIO_BRANCH
from mustela.radio.cal import records as cal
from mustela.radio.extensions import EXTENSIONS
from mustela.radio.images import records as images
from mustela.radio.jobs.extra_needed import missing_library
from mustela.radio.jobs.handlers import register_stages
from mustela.radio.leave_root import leave_root
from mustela.radio.ms import records as ms
from mustela.radio.provenance.made_by import made_by
from mustela.radio.refreshing import Refreshing
from mustela.radio.routers import ROUTERS
from mustela.radio.rules import repository as rules
from mustela.radio.scan_jobs import (
    SCAN,
    SCAN_PART,
    make_radio_scan_handler,
    submit_narrow_scan,
    submit_scan,
)
from mustela.radio.scan_target import (
    COLLECTION,
    ScannedCalibrationTables,
    ScannedImages,
    ScannedMeasurementSets,
    radio_target,
)
from mustela.radio.schema import (
    calibration_tables,
    measurement_sets,
    measurements,
    sources,
)
from mustela.radio.schema import images as images_table
from mustela.radio.sources import records as source_records
from mustela.radio.sources.removal import measurement_records
from mustela.radio.sources.statistics import TOPIC as SOURCES
from mustela.radio.statistics import collection_stats
from mustela.radio.visibilities.products import CASACORE_TABLE
from mustela.radio.vo import routes as vo_routes

#: A scan that has said nothing for so long stands still (seconds).
_STALLED = 15 * 60.0
#: Sooner than its scan does: this then reads the files itself.
_PART_STALLED = 10 * 60.0
_MADE = (images_table, measurement_sets, calibration_tables, sources, measurements)


def install(services: Services) -> Installed:
    """Register the jobs and bring the routes."""
    shop = register_stages(services)
    target = radio_target(
        services.repository(ScannedImages),
        services.repository(ScannedMeasurementSets),
        services.repository(ScannedCalibrationTables),
    )
    sharing = Sharing(services.queue, services.limits.scan_shard_files)
    for type, handler in {
        SCAN: make_radio_scan_handler(services.store, shop, target, sharing),
        SCAN_PART: make_part_handler(services.store, services.children, target),
    }.items():
        services.queue.register_handler(
            type,
            handler,
            timeout=None,
            stall_timeout=_PART_STALLED if type == SCAN_PART else _STALLED,
            repeatable=True,
            concurrency=1,
        )
    services.watch.register(
        COLLECTION, EXTENSIONS, partial(submit_narrow_scan, services.queue), CASACORE_TABLE
    )
    services.queue.keep_named_by(*(table.c.job_id for table in _MADE))
    schedule = ScanSchedule(
        services.repository(AsyncRootRepository),
        COLLECTION,
        lambda root_id: submit_scan(services.queue, root_id, {}),
        services.limits.scan_interval_minutes * 60,
        leader=services.leader,
    )

    refreshing = Refreshing(shop.sources, services.leader)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        said = services.rules.get(COLLECTION)
        if said is not None:
            await services.repository(rules.AsyncRulesRepository).set_rules(said)
        async with schedule.running(), refreshing.running():
            yield

    return Installed(
        routers=ROUTERS,
        records=[
            images.records,
            ms.records,
            cal.records,
            source_records.records,
            measurement_records,
            rules.records,
        ],
        topics=[images.TOPIC, ms.TOPIC, cal.TOPIC, SOURCES],
        stats=lambda: collection_stats(services),
        running=running,
        leave_root=leave_root,
        made_by=made_by,
        queries=vo_routes.QUERIES,
    )


RADIO = Collection(
    name=COLLECTION,
    title="Sky",
    branches=[RADIO_BRANCH],
    install=install,
    extensions=EXTENSIONS,
    directories=CASACORE_TABLE,
    missing=missing_library,
)
