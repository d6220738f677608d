"""``mustela radio ingest``: scans for products, and what is to follow them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mustela.commands.radio_stages import followed, real_path, tell
from mustela.commands.roots import ensure_root
from mustela.commands.scan import tell_scan
from mustela.commands.workplace import catalog, queue_of, workplace
from mustela.console import DONE, Printer, fail, say
from mustela.files.root import Root, RootRepository
from mustela.files.scan_job import narrow_key, scan_key
from mustela.jobs.record import Job
from mustela.radio.jobs.following_up import submit_stage
from mustela.radio.jobs.parameters import FindParameters
from mustela.radio.plan import Plan, plan_for
from mustela.radio.rules.record import RootRules
from mustela.radio.rules.repository import RulesRepository
from mustela.radio.scan_jobs import SCAN, stages_after
from mustela.radio.scan_target import COLLECTION
from mustela.settings import Settings
from mustela.store import Store


@dataclass(frozen=True)
class IngestOrder:
    """What is done of this ingest besides what the roots' rules say."""

    find: bool = False
    catalogues: bool = False
    associate: bool = False
    force: bool = False
    scan: dict[str, Any] = field(default_factory=dict)

    def besides(self, said: RootRules) -> RootRules | None:
        """The rules for a search that the root's own rules do not order already."""
        if not (self.find or self.catalogues) or said.find or said.catalogues:
            return None
        return RootRules(
            find=self.find,
            catalogues=self.catalogues,
            associate=self.associate,
            force=self.force,
            seed_sigma=said.seed_sigma,
            flood_sigma=said.flood_sigma,
        )


class _Place(NamedTuple):
    root: Root
    #: The directory to scan, path text below the root; empty for all of it.
    below: str
    rules: RootRules


def ingest_all(settings: Settings, paths: Sequence[Path], order: IngestOrder, *, json: bool) -> int:
    """Scan, follow what comes of it, and say it; answers the exit status."""
    if (order.associate or order.force) and not (order.find or order.catalogues):
        fail("say --find or --catalogues, too: nothing is associated that was not found")
    with catalog(settings, "radio ingest") as store:
        places = [_place(store, path) for path in paths] if paths else _all_roots(store)
    jobs = asyncio.run(_run(settings, places, order, quiet=json))
    if json:
        Printer(json=True).print_json([job.to_public() for job in jobs])
    else:
        roots = {place.root.id: place.root for place in places}
        for job in jobs:
            if job.type == SCAN and job.status == "completed":
                tell_scan(settings, roots[job.parameters["root_id"]], COLLECTION, job.result)
    scans = [job for job in jobs if job.type == SCAN]
    quiet = max((tell([job], quiet=True) for job in scans), default=DONE)
    return max(quiet, tell([job for job in jobs if job.type != SCAN], quiet=json))


async def _run(
    settings: Settings, places: Sequence[_Place], order: IngestOrder, *, quiet: bool
) -> list[Job]:
    jobs: list[Job] = []
    async with workplace(settings, "radio ingest") as services:
        queue = queue_of(services)
        for root, below, said in places:
            key = narrow_key if below else scan_key
            given = {"root_id": root.id, "below": below, **order.scan}
            id_ = await queue.submit(SCAN, given, uniqueness_key=key(COLLECTION, root.id))
            jobs += await followed(services, id_, quiet=quiet)
            besides = order.besides(said)
            if besides is not None and jobs[-1].status != "cancelled":
                search = FindParameters(
                    root_id=root.id,
                    below=below,
                    find=besides.find,
                    catalogues=besides.catalogues,
                    seed_sigma=besides.seed_sigma,
                    flood_sigma=besides.flood_sigma,
                    then=stages_after(besides),
                )
                jobs += await followed(
                    services, await submit_stage(queue, "find", search), quiet=quiet
                )
    return jobs


def dry_run(settings: Settings, paths: Sequence[Path], order: IngestOrder, *, json: bool) -> int:
    """Count what there is, and say how long reading it takes. Nothing is written."""
    with catalog(settings, "radio ingest") as store:
        roots = {root.path: root for root in RootRepository(store).list_roots()}
        watched = [path for path, root in roots.items() if COLLECTION in root.collections]
        rules = RulesRepository(store)
        searching = order.find or any(
            rules.root_rules(root.id).find for root in roots.values() if not paths
        )
    directories = [real_path(path) for path in paths] or watched
    plan = asyncio.run(_plan(settings, directories, find=searching))
    if json:
        Printer(json=True).print_json(plan)
        return DONE
    for kind, part in plan.kinds.items():
        say(
            f"{part.number} {kind}"
            + (f", {part.seconds_each:.2g} s each" if part.seconds_each is not None else "")
        )
    say(f"reading headers and statistics: {_hours(plan.reading_hours)}")
    if plan.finding_hours is not None:
        say(f"finding sources in about {plan.to_search} images: {_hours(plan.finding_hours)}")
    say(plan.how)
    return DONE


async def _plan(settings: Settings, directories: Sequence[str], *, find: bool) -> Plan:
    async with workplace(settings, "radio ingest") as services:
        return await plan_for(services.children, directories, find=find)


def _hours(hours: float) -> str:
    if hours >= 1:
        return f"about {hours:.1f} hours"
    return f"about {max(1, round(hours * 60))} minutes"


def _place(store: Store, path: Path) -> _Place:
    roots = RootRepository(store)
    real = real_path(path)
    covering = roots.root_of(real)
    is_file = not path.expanduser().is_dir()
    if covering is None:
        if is_file:
            fail(f"{path} is below no root; ingest the directory that it lies in")
        root, below = ensure_root(store, path), ""
    else:
        root, below = covering
    if is_file or (path.expanduser() / "table.dat").is_file():
        below = below.rpartition("/")[0]  # a product is scanned with its neighbours
    if COLLECTION not in root.collections:
        root = roots.update(root.id, collections=[*root.collections, COLLECTION])
    return _Place(root, below, RulesRepository(store).root_rules(root.id))


def _all_roots(store: Store) -> list[_Place]:
    rules = RulesRepository(store)
    found = [
        _Place(root, "", rules.root_rules(root.id))
        for root in RootRepository(store).list_roots()
        if COLLECTION in root.collections
    ]
    if not found:
        fail("there is no root yet; name a directory of products")
    return found
