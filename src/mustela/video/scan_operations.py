"""How a scan reads and writes videos: in batches, and never what people say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from mustela.files.scan_target import Found, KnownRow, MissingRow, Move, Observed
from mustela.store import (
    Statement,
    Unit,
    audit,
    changed,
    current,
    heavy_read,
    many,
    one,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.record import encode_texts
from mustela.video.listing import BASE
from mustela.video.observed import observed_columns
from mustela.video.record import Video
from mustela.video.records import TOPIC, records
from mustela.video.schema import videos

c = videos.c
_size = func.coalesce(c.file_size, -1)
_mtime = func.coalesce(c.mtime_ns, -1)
_KNOWN = (
    select(c.path, _size, _mtime, c.id, c.fingerprint, c.missing_since)
    .where(c.root_id == bindparam("root_id"), c.path > bindparam("after"))
    .order_by(c.path)
    .limit(bindparam("limit"))
)
KNOWN = Statement(_KNOWN)
KNOWN_UPTO = Statement(_KNOWN.where(c.path <= bindparam("upto")))
MISSING = Statement(
    select(c.id, c.path, _size, c.fingerprint).where(
        c.missing_since.is_not(None), in_json_numbers(c.file_size, bindparam("sizes"))
    )
)
PRESENT = Statement(
    select(*records.columns).where(
        c.root_id == bindparam("root_id"), in_json(c.path, bindparam("paths"))
    )
)
BY_IDS = Statement(select(*records.columns).where(in_json(c.id, bindparam("ids"))))

_lacking = (c.thumbnail_path.is_(None), c.missing_since.is_(None), c.root_id != "")
WITHOUT_THUMBNAIL = Statement(
    BASE.with_only_columns(c.seq, *BASE.selected_columns)
    .where(*_lacking, c.seq < bindparam("before"))
    .order_by(c.seq.desc())
    .limit(bindparam("limit"))
)
COUNT_WITHOUT_THUMBNAIL = Statement(select(func.count()).select_from(videos).where(*_lacking))

#: A path that no file has: path text never holds a lone backslash.
_ASIDE = "\\moving/"


class VideoScanOperations:
    """The part of the repository that only scans use; see :class:`ScanTarget`."""

    @heavy_read
    def known(self, root_id: str, after: str, upto: str | None, limit: int) -> Unit[list[KnownRow]]:
        """A page of the root's records by path, as the scan compares them."""
        values = {"root_id": root_id, "after": after, "limit": limit}
        if upto is None:
            found: list[Any] = yield from rows(KNOWN, **values)
        else:
            found = yield from rows(KNOWN_UPTO, **values, upto=upto)
        return found

    @heavy_read
    def missing(self, sizes: Sequence[int]) -> Unit[list[MissingRow]]:
        """Missing records of any root with one of these sizes."""
        found: list[Any] = yield from rows(
            MISSING, sizes="[" + ",".join(str(int(size)) for size in sizes) + "]"
        )
        return found

    @write
    def store_found(
        self, root_id: str, found: Sequence[Found], job_id: str | None = None
    ) -> Unit[int]:
        """Make records of examined files; a path that has one by now is observed instead."""
        context = yield from current()
        present = yield from _by_path(root_id, [file.path for file in found])
        new = [
            {
                "audio_languages": "[]",
                "subtitle_languages": "[]",
                "tags": "[]",
                **observed_columns(file.details),
                "id": context.new_id(),
                "root_id": root_id,
                "path": file.path,
                "file_size": file.size,
                "mtime_ns": file.mtime_ns,
                "job_id": job_id,
            }
            for file in found
            if file.path not in present
        ]
        yield from records.insert_many(new)
        yield from _observe(
            [
                Observed(str(present[f.path]["id"]), f.path, f.size, f.mtime_ns, f.details)
                for f in found
                if f.path in present
            ],
            {str(row["id"]): row for row in present.values()},
        )
        return len(new)

    @write
    def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None = None
    ) -> Unit[None]:
        """Write what was read of files; they are there, so they are not missing."""
        del root_id, job_id
        present = yield from _by_id([file.id for file in observed])
        yield from _observe([file for file in observed if file.id in present], present)

    @write
    def relocate(self, moves: Sequence[Move], job_id: str | None = None) -> Unit[None]:
        """New paths for records, all at once, so that files may have swapped their names."""
        del job_id
        present = yield from _by_id([move.id for move in moves])
        kept = [move for move in moves if move.id in present]
        yield from records.write_many({move.id: {"path": _ASIDE + move.id} for move in kept})
        yield from _write(
            {
                move.id: {
                    "root_id": move.root_id,
                    "path": move.path,
                    "file_size": move.size,
                    "mtime_ns": move.mtime_ns,
                    "missing_since": None,
                }
                for move in kept
            },
            present,
        )

    @write
    def mark_missing(self, ids: Sequence[str], at: int) -> Unit[None]:
        """The scan did not find these files; ``at`` in microseconds since 1970, UTC."""
        present = yield from _by_id(ids)
        yield from _write(
            {
                id: {"missing_since": at}
                for id, row in present.items()
                if row["missing_since"] is None
            },
            present,
        )

    @write
    def mark_returned(self, ids: Sequence[str]) -> Unit[None]:
        """The files are there again, as they were."""
        present = yield from _by_id(ids)
        yield from _write(
            {
                id: {"missing_since": None}
                for id, row in present.items()
                if row["missing_since"] is not None
            },
            present,
        )

    @heavy_read
    def without_thumbnail(self, before: int | None, limit: int) -> Unit[list[tuple[int, Video]]]:
        """Present videos below a root that have no thumbnail, newest rows first.

        Each with its row number, of which the last goes on as ``before``.
        """
        found = yield from rows(
            WITHOUT_THUMBNAIL, before=2**63 - 1 if before is None else before, limit=limit
        )
        return [(row[0], Video.from_row(*row[1:])) for row in found]

    @heavy_read
    def count_without_thumbnail(self) -> Unit[int]:
        """How many present videos below a root have no thumbnail."""
        return (yield from one(COUNT_WITHOUT_THUMBNAIL, int)) or 0

    @write
    def set_thumbnails(self, keys: Sequence[tuple[str, str]]) -> Unit[None]:
        """Note the pictures that were made: pairs of video id and key."""
        yield from records.write_many({id: {"thumbnail_path": key} for id, key in keys})
        yield from changed(TOPIC, keys[0][0] if len(keys) == 1 else None)

    @write
    def leave_root(self, root_id: str) -> Unit[int]:
        """Take the videos of a root out of the catalog, as one change that can be undone."""
        return (
            yield from records.delete_where(
                c.root_id == bindparam("left_root"), {"left_root": root_id}
            )
        )


Rows = dict[str, Mapping[str, Any]]


def _by_path(root_id: str, paths: Sequence[str]) -> Unit[Rows]:
    found = yield from rows(PRESENT, root_id=root_id, paths=encode_texts(paths))
    return {
        row["path"]: row
        for row in (dict(zip(records.names, found_row, strict=True)) for found_row in found)
    }


def _by_id(ids: Sequence[str]) -> Unit[Rows]:
    found = yield from rows(BY_IDS, ids=encode_texts(ids))
    return {
        row["id"]: row
        for row in (dict(zip(records.names, found_row, strict=True)) for found_row in found)
    }


def _observe(observed: Sequence[Observed], present: Rows) -> Unit[None]:
    new = {}
    for file in observed:
        new[file.id] = {
            **observed_columns(file.details),
            "file_size": file.size,
            "mtime_ns": file.mtime_ns,
            "missing_since": None,
        }
        if new[file.id].get("fingerprint") != present[file.id]["fingerprint"]:
            new[file.id]["thumbnail_path"] = None  # of what the file was before
    yield from _write(new, present)


def _write(new: Mapping[str, Mapping[str, Any]], present: Rows) -> Unit[None]:
    """Write observed fields of several records where they differ, with one audit row each."""
    context = yield from current()
    written: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}
    entries = []
    for id, values in new.items():
        row = present[id]
        after = {name: value for name, value in values.items() if value != row[name]}
        if not after:
            continue
        # The same columns for all, so that the statement is one: what did not change is kept.
        written.setdefault(tuple(values), {})[id] = values
        after.pop("thumbnail_path", None)
        before = {name: row[name] for name in after}
        entries.append(audit.row_of(context, TOPIC, id, "update", before, after))
    if not entries:
        return
    for group in written.values():
        yield from records.write_many(group)
    yield from many(audit.ADD, entries)
    yield from changed(TOPIC, entries[0]["record_id"] if len(entries) == 1 else None)
