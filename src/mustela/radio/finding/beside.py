"""The catalogue that lies beside its image."""

from __future__ import annotations

import os
from pathlib import Path

#: Endings in place of the image's suffix, best first. A list of components comes before a list of
#: sources (a source of several Gaussians is a sum), and a format with units before one without.
ENDINGS = tuple(
    stem + suffix
    for stem, suffixes in (
        (".selavy.components", (".xml", ".txt", ".csv")),
        ("_comp", (".fits", ".vot", ".xml", ".csv", ".tab")),
        (".pybdsf.gaul", (".fits", ".csv", ".txt")),
        (".pybdsm.gaul", (".fits", ".csv", ".txt")),
        (".gaul", (".fits", ".csv", ".txt")),
        ("_gaussians", (".fits", ".csv")),
        (".pybdsf.srl", (".fits", ".csv", ".txt")),
        (".pybdsm.srl", (".fits", ".csv", ".txt")),
        (".srl", (".fits", ".csv", ".txt")),
        ("_sources", (".fits", ".csv")),
        (".catalog", (".fits", ".vot", ".csv")),
        (".cat", (".fits", ".vot", ".csv")),
    )
    for suffix in suffixes
)

_COMPRESSED = (".gz", ".fz")
_IMAGES = (".fits", ".fit", ".fts", ".imfits")


def catalogue_beside(image: str | bytes) -> str | None:
    """The path of the catalogue of an image, in the same directory and named as finders do.

    For ``field.fits`` (or ``field.fits.gz``): ``field.selavy.components.xml|txt|csv`` (Selavy),
    ``field_comp.fits|vot|xml|csv|tab`` (Aegean), ``field.pybdsf.gaul.*``, ``field.pybdsf.srl.*``
    and the like (PyBDSF), in the order of ``ENDINGS``. ``None`` if there is none.
    """
    path = Path(os.fsdecode(image))
    stem = path.name
    for suffix in _COMPRESSED:
        stem = stem.removesuffix(suffix)
    for suffix in _IMAGES:
        stem = stem.removesuffix(suffix)
    for ending in ENDINGS:
        beside = path.with_name(stem + ending)
        if lies_beside(path, beside):
            return str(beside)
    return None


def lies_beside(image: Path, path: Path) -> bool:
    """Whether there is such a file, in the directory of the image or below it.

    A link that leads elsewhere is none: what it names may lie beyond the root.
    """
    return path.is_file() and image.parent.resolve() in path.resolve().parents
