"""What provenance answers."""

from __future__ import annotations

import msgspec

from mustela.jobs.provenance import Provenance, RelatedJob
from mustela.radio.matching.record import CalibrationMatch


class NamedProduct(msgspec.Struct, frozen=True):
    """A product that another one names. ``path`` is ``None`` where it is not catalogued."""

    id: str
    path: str | None = None
    grade: str | None = None
    job_id: str | None = None


class RelatedImage(msgspec.Struct, frozen=True):
    """An image beside another product. ``role`` is how it went into an image, or it into it."""

    id: str
    path: str
    kind: str | None
    version: int | None
    is_current: bool
    grade: str | None
    mid_mjd: float | None
    job_id: str | None
    role: str | None = None


class ImageProvenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where an image comes from, and what came of it.

    ``calibration`` is the table that the image names, ``calibration_of_ms`` those that belong to
    its Measurement Set. ``inputs`` went into the image, it went into ``used_in``; ``children``
    name it as their parent. ``versions`` are all of the product, itself among them, by number.
    ``job`` is the job or run that made the record. ``cut`` names the lists that are longer.
    """

    image: RelatedImage
    ms: NamedProduct | None
    calibration: NamedProduct | None
    calibration_of_ms: list[CalibrationMatch]
    parent: NamedProduct | None
    inputs: list[RelatedImage]
    used_in: list[RelatedImage]
    children: list[RelatedImage]
    versions: list[RelatedImage]
    job: Provenance | None
    cut: tuple[str, ...] = ()


class VisibilitiesProvenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a Measurement Set or a calibration table comes from, and what came of it.

    ``matches`` are the calibration tables of the one, the Measurement Sets of the other;
    ``images`` name it, newest first. ``job`` made the record, ``jobs`` made those images.
    """

    product: NamedProduct
    matches: list[CalibrationMatch]
    images: list[RelatedImage]
    job: Provenance | None
    jobs: list[RelatedJob]
    cut: tuple[str, ...] = ()
