"""``mustela scan DIR...``"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from mustela.commands.following import follow, status_of
from mustela.commands.roots import ensure_root
from mustela.commands.workplace import catalog, queue_of, workplace
from mustela.console import DONE, Printer, printable, say
from mustela.files.file_failures import FileFailureRepository
from mustela.files.root import Root
from mustela.jobs.record import Job
from mustela.settings import Settings
from mustela.video.scan_jobs import submit_scan, submit_thumbnails

_SHOWN_FAILURES = 20


def scan(
    settings: Settings, directories: list[Path], options: dict[str, Any], *, json: bool
) -> int:
    """Scan directories, each a root from now on; answers the exit status."""
    with catalog(settings, "scan") as store:
        roots = [ensure_root(store, directory) for directory in directories]
    jobs = asyncio.run(_run(settings, roots, options, json))
    results = [job.to_public() for job in jobs]
    if json:
        Printer(json=True).print_json(results)
    status = DONE
    for root, job in zip(roots, jobs, strict=True):
        if job.status == "completed" and not json:
            _tell(settings, root, job.result)
        failed = (job.result or {}).get("failed", 0)
        status = max(status, status_of(job, failed))
    return status


async def _run(
    settings: Settings, roots: list[Root], options: dict[str, Any], quiet: bool
) -> list[Job]:
    jobs = []
    async with workplace(settings, "scan") as services:
        for root in roots:
            id_ = await submit_scan(services.queue, root.id, options)
            jobs.append(await follow(services, id_, root.path, quiet=quiet))
        pictures = await submit_thumbnails(queue_of(services))
        await follow(services, pictures, "thumbnails", quiet=quiet)
    return jobs


def _tell(settings: Settings, root: Root, result: dict[str, Any]) -> None:
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
            page = FileFailureRepository(store).list_failures(root.id, "video", _SHOWN_FAILURES)
        for failure in page:
            say(f"  {printable(failure.path)}: {failure.stage}: {failure.message}")
