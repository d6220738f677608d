"""The stages of the radio collection as commands: submitted, followed, told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from mustela.collection import Services
from mustela.commands.following import follow, follow_children, status_of
from mustela.commands.workplace import catalog, queue_of, workplace
from mustela.console import DONE, Printer, fail, printable, say
from mustela.files.path_text import encode
from mustela.files.root import Root, RootRepository
from mustela.jobs.record import Job
from mustela.radio.jobs.following_up import submit_stage
from mustela.radio.jobs.parameters import RECOUNT, Selected, parameters
from mustela.radio.rules.record import RootRules
from mustela.radio.rules.repository import RulesRepository
from mustela.settings import Settings
from mustela.store import Store

#: What a job's result counts, in the words of people.
_WORDS = {
    "images": "images",
    "detected": "detected",
    "imported": "imported",
    "matched": "of known sources",
    "new": "new sources",
    "removed": "sources removed",
    "measured": "forced fits",
    "looked_at": "looked at",
    "changed": "changed",
    "failed": "failed",
}


def run_stages(
    settings: Settings, stage: str, paths: Sequence[Path], order: Selected, *, json: bool
) -> int:
    """Run a stage for all images, or for those at some paths; answers the exit status."""
    parameters(type(order), msgspec.to_builtins(order))  # refused before anything is submitted
    with catalog(settings, f"radio {stage}") as store:
        places = [place_of(store, path) for path in paths]
    orders = [
        msgspec.structs.replace(order, root_id=root.id, below=below) for root, below in places
    ]
    jobs = asyncio.run(_run(settings, stage, orders or [order], quiet=json))
    if json:
        Printer(json=True).print_json([job.to_public() for job in jobs])
    return tell(jobs, quiet=json)


async def _run(
    settings: Settings, stage: str, orders: Sequence[Selected], *, quiet: bool
) -> list[Job]:
    jobs: list[Job] = []
    async with workplace(settings, f"radio {stage}") as services:
        for order in orders:
            jobs += await followed(services, await _submit(services, stage, order), quiet=quiet)
    return jobs


async def _submit(services: Services, stage: str, order: Selected) -> str:
    if stage == "recount":
        return await queue_of(services).submit(RECOUNT, {}, uniqueness_key=RECOUNT)
    return await submit_stage(queue_of(services), stage, order)


async def followed(services: Services, id: str, *, quiet: bool) -> list[Job]:
    """The job and all that followed from it, when they are over."""
    first = await follow(services, id, id, quiet=quiet)
    return [first, *await follow_children(services, id, quiet=quiet)]


def tell(jobs: Sequence[Job], *, quiet: bool = False) -> int:
    """Say what the jobs did; the exit status for them."""
    status = DONE
    for job in jobs:
        result: dict[str, Any] = job.result if isinstance(job.result, dict) else {}
        if job.status == "completed" and not quiet:
            said = [f"{result[name]} {word}" for name, word in _WORDS.items() if result.get(name)]
            say(f"{job.type}: {', '.join(said) or 'nothing to do'}")
            for one in result.get("failures", ()):
                say(f"  {printable(one['path'])}: {one['stage']}: {one['message']}")
        status = max(status, status_of(job, result.get("failed", 0)))
    return status


def set_rules(settings: Settings, directory: Path, given: dict[str, Any], *, json: bool) -> int:
    """Change a root's rules where something is given, and show them."""
    with catalog(settings, "radio rules") as store:
        root, below = place_of(store, directory)
        if below:
            fail(f"{directory} is no root; {root.path} is the one it lies in")
        rules = RulesRepository(store)
        before = rules.root_rules(root.id)
        said = msgspec.structs.replace(before, **given)
        if given:
            rules.set_root_rules(root.id, said)
    names = RootRules.__struct_fields__
    Printer(json).print_fields(said, [(name, getattr(said, name)) for name in names])
    return DONE


def real_path(path: Path) -> str:
    """A path as roots know theirs: absolute path text, links resolved."""
    return encode(os.path.realpath(path.expanduser()))


def place_of(store: Store, path: Path) -> tuple[Root, str]:
    """The root that a path lies in, and the path below it; fails where there is none."""
    found = RootRepository(store).root_of(real_path(path))
    if found is None:
        fail(f"{path} is below no root; see `mustela radio ingest`")
    return found
