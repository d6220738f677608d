"""Provenance from the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mustela.jobs.provenance import Provenance, ProvenanceOperations, RelatedJob
from mustela.radio.matching import statements as matching_sql
from mustela.radio.matching.repository import calibration_of, match_of
from mustela.radio.provenance import statements as sql
from mustela.radio.provenance.lag import ImageLag, image_lag
from mustela.radio.provenance.record import (
    ImageProvenance,
    NamedProduct,
    RelatedImage,
    VisibilitiesProvenance,
)
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    heavy_read,
    one,
    rows,
)
from mustela.store.errors import InvalidValue
from mustela.store.record import encode_texts

_JOBS = ProvenanceOperations()


class RadioProvenanceOperations:
    """Questions that span images, Measurement Sets, calibration tables and jobs; one snapshot."""

    @heavy_read
    def image_provenance(self, id: str, *, limit: int = 100) -> Unit[ImageProvenance | None]:
        """Where an image comes from and what came of it, with at most ``limit`` of each list."""
        most = _one_more(limit)
        found = yield from rows(sql.IMAGE, id=id, limit=1)
        if not found:
            return None
        *shown, seq, ms_id, calibration_id, parent_id, version_of = found[0]
        image = _image(*shown)
        ms = yield from _named(sql.NAMED_MS, ms_id)
        matches = [] if ms_id is None else (yield from calibration_of(ms_id, most))
        versions: list[RelatedImage] = [image]
        if version_of is not None:
            versions = yield from all(sql.VERSIONS, _image, name=version_of, limit=most)
        lists: dict[str, list[Any]] = {
            "calibration_of_ms": matches,
            "inputs": (yield from all(sql.INPUTS, _image, seq=seq, limit=most)),
            "used_in": (yield from all(sql.USED_IN, _image, seq=seq, limit=most)),
            "children": (yield from all(sql.CHILDREN, _image, id=id, limit=most)),
            "versions": versions,
        }
        return ImageProvenance(
            image=image,
            ms=ms,
            calibration=(yield from _named(sql.NAMED_CALIBRATION, calibration_id)),
            parent=(yield from _named(sql.NAMED_IMAGE, parent_id)),
            job=(yield from _job(image.job_id, limit)),
            cut=_cut(lists, limit),
            **{name: items[:limit] for name, items in lists.items()},
        )

    @heavy_read
    def ms_provenance(self, id: str, *, limit: int = 100) -> Unit[VisibilitiesProvenance | None]:
        """What is known of where a Measurement Set comes from, and the images made of it."""
        product = yield from one(sql.NAMED_MS, NamedProduct, id=id)
        if product is None:
            return None
        matches = yield from calibration_of(id, _one_more(limit))
        images = yield from all(sql.OF_MS, _image, id=id, limit=_one_more(limit))
        return (yield from _of(product, matches, images, limit))

    @heavy_read
    def calibration_provenance(
        self, id: str, *, limit: int = 100
    ) -> Unit[VisibilitiesProvenance | None]:
        """What is known of where a calibration table comes from, and the images that name it."""
        product = yield from one(sql.NAMED_CALIBRATION, NamedProduct, id=id)
        if product is None:
            return None
        most = _one_more(limit)
        matches = yield from all(matching_sql.OF_CALIBRATION, match_of, id=id, limit=most)
        images = yield from all(sql.OF_CALIBRATION, _image, id=id, limit=most)
        return (yield from _of(product, matches, images, limit))

    @heavy_read
    def image_lag(self, days: float = 7.0) -> Unit[ImageLag]:
        """How long images of the last days took from observation to record, and their grades."""
        return (yield from image_lag(days))


class RadioProvenanceRepository(RadioProvenanceOperations, SyncRepository):
    """Provenance, for code that waits."""


class AsyncRadioProvenanceRepository(RadioProvenanceOperations, AsyncRepository):
    """Provenance, for an event loop."""


def _image(
    id: str,
    path: str,
    kind: str | None,
    version: int | None,
    is_current: int,
    *rest: Any,
) -> RelatedImage:
    return RelatedImage(id, path, kind, version, bool(is_current), *rest)


def _named(statement: Statement, id: str | None) -> Unit[NamedProduct | None]:
    """The product of this id; the id alone where no record has it."""
    if id is None:
        return None
    return (yield from one(statement, NamedProduct, id=id)) or NamedProduct(id)


def _job(id: str | None, limit: int) -> Unit[Provenance | None]:
    """The job that made a record; ``None`` where none did, or retention has removed it."""
    if id is None:
        return None
    return (yield from _JOBS.provenance.unit(id, limit=limit))


def _of(
    product: NamedProduct, matches: list[Any], images: list[RelatedImage], limit: int
) -> Unit[VisibilitiesProvenance]:
    lists: dict[str, list[Any]] = {"matches": matches, "images": images}
    return VisibilitiesProvenance(
        product=product,
        job=(yield from _job(product.job_id, limit)),
        jobs=(yield from _jobs_of(images[:limit])),
        cut=_cut(lists, limit),
        **{name: items[:limit] for name, items in lists.items()},
    )


def _jobs_of(images: Sequence[RelatedImage]) -> Unit[list[RelatedJob]]:
    ids = sorted({image.job_id for image in images if image.job_id is not None})
    return (yield from all(sql.JOBS, RelatedJob, ids=encode_texts(ids)))


def _cut(lists: dict[str, list[Any]], limit: int) -> tuple[str, ...]:
    return tuple(name for name, items in lists.items() if len(items) > limit)


def _one_more(limit: int) -> int:
    if not 1 <= limit <= 1000:
        raise InvalidValue(f"a limit lies between 1 and 1000, not {limit}")
    return limit + 1
