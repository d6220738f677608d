"""What depends on whether the processes that share a store share a machine, too."""

from __future__ import annotations

from pathlib import Path

from mustela.jobs.external_leases import LeaseReaper
from mustela.jobs.external_reaper import ExternalReaper
from mustela.jobs.file_presence import FilePresence
from mustela.jobs.leader import Leader, LeaderLock, ServerLeader
from mustela.jobs.lease_presence import LeasePresence
from mustela.jobs.presence import Presence
from mustela.store import AsyncStore


def presence_of(store: AsyncStore, data_dir: Path | None) -> Presence:
    """How processes show that they live: leases on a server, else locks in ``data_dir``.

    Without either no other process is known of.
    """
    return FilePresence(store, data_dir) if store.server is None else LeasePresence(store)


def leader_of(store: AsyncStore, data_dir: Path | None) -> Leader:
    """Which process leads: one of all on a server, else one of those on ``data_dir``."""
    return LeaderLock(data_dir) if store.server is None else ServerLeader(store.server)


def reaper_of(store: AsyncStore, silence: float) -> ExternalReaper | LeaseReaper:
    """Who ends runs elsewhere after ``silence`` seconds."""
    return ExternalReaper(store, silence) if store.server is None else LeaseReaper(store, silence)
