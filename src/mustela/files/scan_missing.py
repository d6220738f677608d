"""The last stage of a scan: records whose files are nowhere."""

from __future__ import annotations

import asyncio

from mustela.files.directory_product import DirectoryRule, is_there, is_within_product
from mustela.files.path_text import decode
from mustela.files.root_directory import identity_of, knows
from mustela.files.scan_run import UNIT_ROWS, ScanRun


async def mark_missing(run: ScanRun, identity: str) -> None:
    """Mark them, after one more look. Stops where the root is not there any more.

    ``identity`` is the root's, as the walk found it.
    """
    after = 0
    while page := await run.entries.vanished(*run.scope, after, UNIT_ROWS):
        after = page[-1].seq
        places = [run.place(entry.path) for entry in page]
        absent = await asyncio.to_thread(
            absent_files, decode(run.root.path), identity, places, run.target.directories
        )
        if absent is None:
            run.result.distrust = "absent"
            run.result.problem = (
                f"{run.root.path} went away while it was scanned; nothing more was marked missing"
            )
            return
        ids = [entry.item_id for entry, is_absent in zip(page, absent, strict=True) if is_absent]
        if ids:
            await run.target.mark_missing(ids, run.started)
            run.result.missing += len(ids)
        await run.entries.remove([entry.seq for entry in page])


def absent_files(
    root: bytes, identity: str, paths: list[bytes], rule: DirectoryRule | None
) -> list[bool] | None:
    """Which of them certainly do not exist; ``None`` where nothing can be said."""
    absent = [_is_absent(path, root, rule) for path in paths]
    try:
        return absent if knows(identity, identity_of(root)) else None
    except OSError:
        return None


def _is_absent(path: bytes, root: bytes, rule: DirectoryRule | None) -> bool:
    try:
        return not is_there(path, rule) or (
            rule is not None and is_within_product(path, root, rule)
        )
    except OSError:
        return False  # no permission, an I/O error, a loop of links: not absence
