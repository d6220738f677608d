"""``mustela scan DIR...``"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from mustela.commands.following import follow, follow_children, status_of
from mustela.commands.roots import ensure_root, scanned_by
from mustela.commands.workplace import catalog, queue_of, workplace
from mustela.console import DONE, Printer, printable, say
from mustela.files.file_failures import FileFailureRepository
from mustela.files.root import Root
from mustela.files.scan_job import scan_key
from mustela.jobs.record import Job
from mustela.settings import Settings
from mustela.video.records import TOPIC
from mustela.video.scan_jobs import submit_thumbnails
from mustela.video.thumbnails import JOB_TYPE as THUMBNAILS

_SHOWN_FAILURES = 20


def scan(
    settings: Settings, directories: list[Path], options: dict[str, Any], *, json: bool
) -> int:
    """Scan directories, each a root from now on; answers the exit status."""
    with catalog(settings, "scan") as store:
        roots = [ensure_root(store, directory) for directory in directories]
    ordered = [(root, name) for root in roots for name in scanned_by(root)]
    jobs = asyncio.run(_run(settings, ordered, options, json))
    scans = jobs[: len(ordered)]
    if json:
        Printer(json=True).print_json([job.to_public() for job in scans])
    status = DONE
    for (root, name), job in zip(ordered, scans, strict=True):
        if job.status == "completed" and not json:
            tell_scan(settings, root, name, job.result)
    for job in jobs:
        status = max(status, status_of(job, (job.result or {}).get("failed", 0)))
    return status


async def _run(
    settings: Settings, ordered: list[tuple[Root, str]], options: dict[str, Any], quiet: bool
) -> list[Job]:
    """The scans, and behind them what followed from them."""
    jobs = []
    followed: list[Job] = []
    async with workplace(settings, "scan") as services:
        queue = queue_of(services)
        for root, name in ordered:
            parameters = {"root_id": root.id, **{k: v for k, v in options.items() if v is not None}}
            key = scan_key(name, root.id)
            id_ = await queue.submit(f"{name}.scan", parameters, uniqueness_key=key)
            jobs.append(await follow(services, id_, root.path, quiet=quiet))
            followed += await follow_children(services, id_, quiet=quiet)
        if any(name == TOPIC for _, name in ordered):
            pictures = await submit_thumbnails(queue)
            await follow(services, pictures, "thumbnails", quiet=quiet)
    return jobs + [job for job in followed if job.type != THUMBNAILS]


def tell_scan(settings: Settings, root: Root, collection: str, result: dict[str, Any]) -> None:
    """What a person wants to know of a scan."""
    words = {
        "catalogued": "catalogued",
        "unchanged": "unchanged",
        "moved": "moved",
        "missing": "missing",
        "returned": "returned",
        "waiting": "still growing (scan again)",
        "failed": "failed",
        "unsupported": "unsupported",
        "not_media": "not media",
        "excluded": "excluded",
    }
    said = [f"{result[name]} {word}" for name, word in words.items() if result.get(name)]
    say(f"{root.path}: {', '.join(said) or 'nothing there'}")
    if result.get("problem"):
        say(f"  {result['problem']}")
    if result.get("failed"):
        with catalog(settings, "scan") as store:
            page = FileFailureRepository(store).list_failures(root.id, collection, _SHOWN_FAILURES)
        for failure in page:
            say(f"  {printable(failure.path)}: {failure.stage}: {failure.message}")
