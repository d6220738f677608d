"""A catalog of both collections with rows in every table, and what its repositories answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, func, insert, select

from mustela.app import branches, collections
from mustela.files.file_failures import FileFailureRepository, NewFailure
from mustela.files.root import RootRepository
from mustela.files.root_directory import RootDirectory
from mustela.jobs import (
    JobRepository,
    Line,
    NewSchedule,
    Progress,
    Report,
    ScheduleRepository,
    new_job,
)
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.repository import CalibrationTableRepository
from mustela.radio.images.record import Image
from mustela.radio.images.repository import ImageRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.repository import MeasurementSetRepository
from mustela.radio.references.record import Reference
from mustela.radio.references.repository import ReferenceRepository
from mustela.radio.rules.record import RootRules
from mustela.radio.rules.repository import RulesRepository
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.repository import SourceRepository
from mustela.store import Branch, Store, acting_as
from mustela.store.migrations import connections
from mustela.store.migrations.rows import Filler
from mustela.store.schema import meta
from mustela.video.record import Video
from mustela.video.repository import VideoRepository

ROOT = RootDirectory("/films", "inode 7, file system 3f")

#: What a careless copy of text would harm. (No store takes NUL, and none of it is lost in JSON.)
AWKWARD = "Fähre \\xff\\\\ 'quoted' \"twice\"\ttab\nline %s {} 日本 🐾 Straße \u2028"

#: Tables that nothing but a scan, a match or a turn fills: rows for them, as they are.
BY_HAND: dict[str, list[dict[str, Any]]] = {
    "scan_entries": [
        {"root_id": "r", "collection": "video", "path": f"{n}.mp4", "kind": kind, "waiting": n}
        | {"size": 2**62, "mtime_ns": 1_700_000_000_123_456_789 + n, "leaving": 0}
        for n, kind in enumerate(("new", "changed", "vanished"))
    ],
    "ms_calibration": [
        {"ms": 1, "calibration": 1, "how": "recorded", "applied": 1, "created_at": 1}
    ],
    "image_inputs_left": [{"image_id": "gone", "input_id": "i0", "role": "mosaic"}],
    "radio_turns": [{"name": "images", "taken": 4}],
}


def shipped() -> list[Branch]:
    """The branches of the server with the collections that ship."""
    return branches(collections())


def tables(of: Sequence[Branch]) -> list[Table]:
    """The tables that these branches declare."""
    return [table for branch in of for table in branch.metadata.sorted_tables]


def fill(url: str) -> None:
    """Put rows into every table of a database at the head; most by what the repositories do."""
    with Store.open(url) as store, acting_as("anna", "request-1"):
        _fill_files(store)
        _fill_videos(store)
        _fill_radio(store)
        _fill_jobs(store)
    with connected(url) as connection:
        _fill_the_rest(connection)


def _fill_files(store: Store) -> None:
    root = RootRepository(store).add(ROOT, collections=["video"], exclude=["*.tmp"])
    failures = [NewFailure("broken.mp4", "probe", AWKWARD, 17, 1_700_000_000_000_000_001)]
    FileFailureRepository(store).note(root.id, "video", failures)


def video(n: int, **fields: Any) -> Video:
    """The n-th video."""
    return Video(
        **{
            "id": f"v{n}",
            "path": f"/films/Lisbon/tram {n} Straße.mp4",
            "duration_frames": 250 + n,
            "frames_exact": n % 2 == 0,
            "frame_rate_numerator": 30000,
            "frame_rate_denominator": 1001,
            "width": 1920,
            "height": 1080,
            "video_codec": "h264",
            "audio_languages": ("por", "eng"),
            "file_size": 1_000_000 + n,
            "duration_seconds": 8.1 + n / 7,
            "recorded_at": datetime(2024, 7, 1, 12, n % 60, tzinfo=UTC),
            "modified_at": datetime(2024, 7, 2, 12, 0, 0, 5, tzinfo=UTC),
            "tags": ("holiday", f"tag {n % 3}"),
            "rating": n % 6,
            "note": AWKWARD if n % 5 == 0 else None,
            **fields,
        }
    )


def _fill_videos(store: Store) -> None:
    videos = VideoRepository(store)
    videos.add_many([video(n) for n in range(12)])
    videos.add(video(12, path="/elsewhere/boat.mov", tags=(), rating=None, file_size=None))
    videos.update("v1", rating=5, note="the yellow one", tags=("yellow",))
    videos.update("v1", note="the other one")
    videos.delete("v2")


def _fill_radio(store: Store) -> None:
    images, sources = ImageRepository(store), SourceRepository(store)
    for n in range(4):
        images.add(
            Image(
                id=f"i{n}",
                path=f"/sky/field {n}.image.fits",
                ra_deg=150.0,
                dec_deg=-30.0,
                radius_deg=1.0,
                footprint=(151.0, -31.0, 149.0, -31.0, 149.0, -29.0, 151.0, -29.0),
                wcs={"CTYPE1": "RA---SIN", "CRVAL1": 150.0, "NAXIS1": 256},
                frequency_hz=888e6,
                stokes="I",
                kind="restored",
                beam_major_arcsec=12.0,
                mid_mjd=59000.1 + n,
                noise_jy=2.5e-4,
                tags=("dawn",),
                file_size=2**40 + n,
            )
        )
    images.set_inputs("i0", ["i1", "i2"])
    sources.add(Source(id="s0", ra_deg=150.0, dec_deg=-30.0, tags=("bright",)))
    sources.add(Source(id="s1", ra_deg=150.5, dec_deg=-30.2, note=AWKWARD))
    for n in (0, 3):
        flux = Measurement(
            ra_deg=150.0, dec_deg=-30.0, source_id="s0", peak_jy=0.01 + n / 900, peak_error_jy=0.001
        )
        sources.add_measurements(f"i{n}", [flux])
    sources.update("s0", grade_given="good")
    made = MeasurementSet(id="m0", path="/sky/SB1.ms", name="SB1.ms", ra_deg=98.75, dec_deg=-31.4)
    MeasurementSetRepository(store).add(made.replace(tags=("night",), file_size=7))
    solved = CalibrationTable(id="c0", path="/sky/SB1.bcal", type="B Jones", ms_name="SB1.ms")
    CalibrationTableRepository(store).add(solved.replace(tags=("night",), file_size=8))
    references = [Reference("3C48", 24.42, 33.16), Reference("3C286", 202.78, 30.51, 14.9)]
    ReferenceRepository(store).replace("vla", "calibrator", references)
    RulesRepository(store).set_root_rules("root", RootRules())


def _fill_jobs(store: Store) -> None:
    jobs, schedules = JobRepository(store), ScheduleRepository(store)
    done = jobs.submit(new_job("toy.scan", {"text": AWKWARD}, id="done"), at=1_000_000).id
    claimed = jobs.claim_one(done, "an owner", at=2_000_000)
    assert claimed is not None
    lines = (Line(2_100_000, "info", AWKWARD), Line(2_200_000, "warning", "half"))
    report = Report(done, claimed.claim_id, Progress(3, 4, 0.1 + 0.2, "three"), lines)
    jobs.report([report], at=2_300_000)
    jobs.finish(done, claimed.claim_id, "completed", result='{"found":3}', at=2_400_000)
    jobs.submit(new_job("toy.scan", id="waiting", uniqueness_key="one at a time"), at=3_000_000)
    for id, repeatable in (("running", False), ("repeatable", True)):
        jobs.submit(new_job("toy.scan", id=id, repeatable=repeatable, max_attempts=3), at=4_000_000)
        assert jobs.claim_one(id, "an owner", at=5_000_000) is not None
    jobs.pause(type="toy.pause")
    schedules.put(NewSchedule(name="nightly", cron="0 3 * * *", type="toy.scan"))


def _fill_the_rest(connection: Connection) -> None:
    """What the repositories left empty; also tables that this module knows nothing of."""
    connection.execute(insert(meta).values(key="a fact", value=AWKWARD))
    for table in tables(shipped()):
        if table.name in BY_HAND and is_empty(connection, table):
            connection.execute(insert(table), BY_HAND[table.name])
    empty = [table.name for table in tables(shipped()) if is_empty(connection, table)]
    problems = Filler().fill(connection, empty)
    assert not problems, problems


def is_empty(connection: Connection, table: Table) -> bool:
    """Whether a table has no row."""
    return not connection.scalar(select(func.count()).select_from(table))


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A bare connection, committed afterwards."""
    engine = connections.plain_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def answers(url: str) -> dict[str, Any]:
    """What the repositories say of all that :func:`fill` put there, as JSON would hold it."""
    with Store.open(url) as store:
        found = {**_video_answers(store), **_radio_answers(store), **_job_answers(store)}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def _video_answers(store: Store) -> dict[str, Any]:
    videos, roots = VideoRepository(store), RootRepository(store)
    failures = FileFailureRepository(store)
    return {
        "roots": [root.path for root in roots.list_roots()],
        "failures": [
            one.message
            for root in roots.list_roots()
            for one in failures.list_failures(root.id, "video")
        ],
        "videos": {one.id: one.to_public() for one in videos.list_videos()},
        "newest first": [one.id for one in videos.list_videos()],
        "by length": [one.id for one in videos.list_videos(sort="duration_seconds")],
        "videos named strasse": [one.id for one in videos.search("STRASSE tram")],
        "videos tagged holiday": [one.id for one in videos.list_videos(tag="holiday")],
        "videos counted": [videos.count(), videos.count(query="tram")],
        "video sums": videos.stats(),
        "history of v1": [
            [entry.action, entry.actor, entry.before, entry.after] for entry in videos.history("v1")
        ],
        "history of v2": [[entry.action, entry.before] for entry in videos.history("v2")],
    }


def _radio_answers(store: Store) -> dict[str, Any]:
    images, sources = ImageRepository(store), SourceRepository(store)
    sets, solved = MeasurementSetRepository(store), CalibrationTableRepository(store)
    return {
        "images": {one.id: one.to_public() for one in images.list_images()},
        "images in the field": [
            one.id for one in images.list_images(covers=(150.0, -30.0), sort="mid_mjd")
        ],
        "images named": [one.id for one in images.list_images(query="FIELD 3")],
        "inputs of i0": [one.id for one in images.inputs("i0")],
        "images counted": images.count(),
        "sources": {one.id: one.to_public() for one in sources.list_sources()},
        "measurements of s0": [one.to_public() for one in sources.measurements("s0")],
        "sources tagged": [one.id for one in sources.list_sources(tag="bright")],
        "sets": [one.to_public() for one in sets.list_measurement_sets()],
        "tables": [one.to_public() for one in solved.list_calibration_tables()],
        "references": ReferenceRepository(store).list_sources("vla"),
        "rules": RulesRepository(store).root_rules("root"),
    }


def _job_answers(store: Store) -> dict[str, Any]:
    jobs = JobRepository(store)
    return {
        "jobs": {job.id: job.to_public() for job in jobs.list_jobs().items},
        "log": [[line.level, line.text] for line in jobs.read_log("done")],
        "jobs counted": jobs.counts(),
        "paused": jobs.paused().to_public(),
        "schedules": [[one.name, one.cron] for one in ScheduleRepository(store).list_schedules()],
    }


def missing_from(wanted: Any, found: Any, where: str = "") -> Iterator[str]:
    """Where ``found`` does not say what ``wanted`` does; it may say more (a later field)."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            if name not in found:
                yield f"{where}/{name} is gone"
            else:
                yield from missing_from(value, found[name], f"{where}/{name}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for n, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from missing_from(one, other, f"{where}/{n}")
    elif wanted != found:
        yield f"{where} was {wanted!r} and is {found!r}"
