"""The units of pixels in one spelling."""

from __future__ import annotations

import re

_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "k": 1e3, "M": 1e6}
_JANSKY = re.compile(r"(?P<prefix>[munkMµμ]|milli|micro)?-?(?:jy|jansky)s?", re.IGNORECASE)
_PER = {
    "beam": "beam",
    "bm": "beam",
    "psf": "beam",
    "pixel": "pixel",
    "pix": "pixel",
    "px": "pixel",
    "sr": "sr",
    "steradian": "sr",
    "arcsec^2": "arcsec2",
    "arcsec2": "arcsec2",
}
_INVERSE = re.compile(r"\b([a-z]+)(?:\^|\*\*)?\(?-1\)?$")
_KELVINS = {"k": "K", "kelvin": "K", "mk": "mK"}


def normalised(said: str | None) -> str | None:
    """``JY/BEAM``, ``Jy beam-1`` and ``Jy.beam^-1`` are ``Jy/beam``; others stay as they are."""
    if said is None or not said.strip():
        return None
    said = said.strip()
    if said.lower() in _KELVINS:
        return "mK" if said.lower() == "mk" else "K"
    parts = _split(said)
    if parts is None:
        return said
    prefix, per = parts
    return f"{prefix}Jy/{per}" if per else f"{prefix}Jy"


def janskys(units: str | None) -> float | None:
    """What to multiply by for Jy, Jy/beam or Jy/pixel; ``None`` where the unit is no such."""
    parts = _split(units) if units else None
    if parts is None or parts[1] not in {"", "beam", "pixel"}:
        return None
    return _PREFIXES[parts[0]]


def _split(said: str) -> tuple[str, str] | None:
    """The prefix of Jy, and per what."""
    flux, _, per = said.partition("/")
    if not per:
        words = re.split(r"[\s.*]+", said, maxsplit=1)
        flux = words[0]
        per = words[1] if len(words) == 2 else ""
        inverse = _INVERSE.search(per.lower())
        if per and inverse is None:
            return None
        per = inverse[1] if inverse else ""
    found = _JANSKY.fullmatch(flux.strip())
    if found is None:
        return None
    name = per.strip().lower()
    if name and name not in _PER:
        return None
    return _prefix(found["prefix"] or "", said), _PER[name] if name else ""


def _prefix(written: str, said: str) -> str:
    """A capital M is milli in an all-capitals header (MJY/BEAM); nobody means megajansky there."""
    if written.lower() in {"milli", "micro"}:
        return "m" if written.lower() == "milli" else "u"
    if written in {"µ", "μ"}:
        return "u"
    if said.isupper() or written != "M":
        return written.lower()
    return "M"
