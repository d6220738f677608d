"""What kind of image it is: told by its name, as imagers and finders give names, else its unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Words of a file's name, between dots, dashes and underscores; the first that occurs decides.
_WORDS: tuple[tuple[str, str], ...] = (
    ("noise", r"noisemap|rms|rmsmap|bane_rms"),
    ("background", r"meanmap|bkg|bkgmap|background"),
    ("mask", r"mask\d*"),
    ("psf", r"psf"),
    ("residual", r"residuals?"),
    ("dirty", r"dirty"),
    ("model", r"model"),
    ("mosaic", r"mosaic\w*|mosaicked|linmos"),
    ("restored", r"restored|image|clean"),
)
_PATTERNS = tuple(
    (kind, re.compile(rf"(?:^|[._-])(?:{words})(?:tt0)?(?=$|[._-])", re.IGNORECASE))
    for kind, words in _WORDS
)
#: Products beside the image that none of the kinds names: weights, responses, spectral terms.
_OTHER = re.compile(
    r"(?:^|[._-])(?:pb|sumwt|weights?|wt|alpha|beta|curvature|sens(?:itivity)?|"
    r"tt[1-9]|taylor\.[1-9])(?=$|[._-])",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.(?:fits|fit|fts|imfits|im|gz|fz|bz2)$", re.IGNORECASE)
_CORRECTED_NAME = re.compile(
    r"(?:^|[._-])(?:pbcor|image[._-]pb|linmos)(?=$|[._-])|-image-pb(?=$|[._-])", re.IGNORECASE
)
_CORRECTED = re.compile(r"\bimpbcor\b|\blinmos\b|\bpbcor\s*=\s*true\b", re.IGNORECASE)
_UNCORRECTED = re.compile(r"\bpbcor\s*=\s*false\b", re.IGNORECASE)


def kind_of(name: str, units: str | None, *, has_beam: bool) -> str | None:
    """One of ``facts.KINDS``; ``None`` where nothing says it.

    ``name`` is the file's or directory's. Jy/pixel is a model. An image in Jy/beam with a beam,
    of which its name says nothing else, is restored.
    """
    stem = _stem(name)
    for kind, pattern in _PATTERNS:
        if kind == "restored" and _is_other(stem):
            return None
        if pattern.search(stem):
            return kind
    if units is not None and units.endswith("Jy/pixel"):
        return "model"
    per_beam = units is not None and units.endswith("Jy/beam")
    return "restored" if per_beam and has_beam else None


def pbcor_of(name: str, history: Sequence[str]) -> bool | None:
    """Whether the primary beam was corrected for; ``None`` where nothing says so."""
    if _CORRECTED_NAME.search(_stem(name)):
        return True
    said = "\n".join(history)
    if _CORRECTED.search(said):
        return True
    return False if _UNCORRECTED.search(said) else None


def _stem(name: str) -> str:
    while (shorter := _EXTENSION.sub("", name)) not in {name, ""}:
        name = shorter
    return name


def _is_other(stem: str) -> bool:
    """``x-image-pb`` is an image, corrected; ``x.pb`` is a primary beam."""
    return _OTHER.search(_CORRECTED_NAME.sub("", stem)) is not None
