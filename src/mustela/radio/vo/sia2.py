"""Simple Image Access 2.0: parameters to filters of images.

Values of one parameter are alternatives, different parameters all hold, intervals include both
ends, and what is not known of an image satisfies nothing.
"""

from __future__ import annotations

from typing import Any, Final

from mustela.errors import MustelaError
from mustela.radio.images.constraints import FITS, Range
from mustela.radio.sky.region import Region, parse_region
from mustela.radio.vo.addresses import Archive
from mustela.radio.vo.errors import UsageFault
from mustela.radio.vo.obscore import STATES, frequencies
from mustela.radio.vo.parameters import Parameters

#: What each parameter means, as the API's document says it.
PARAMETERS: Final = {
    "POS": "`CIRCLE ra dec radius`, `RANGE ra1 ra2 dec1 dec2` or `POLYGON ra1 dec1 ...`, degrees.",
    "BAND": "Interval of wavelengths, m.",
    "TIME": "Interval of times, MJD (UTC).",
    "POL": "State of polarization, as in `I` or `XX`.",
    "FOV": "Interval of sizes, degrees.",
    "SPATRES": "Interval of spatial resolutions, arcsec.",
    "SPECRP": "Interval of spectral resolving powers.",
    "EXPTIME": "Interval of exposure times, s.",
    "TIMERES": "Interval of temporal resolutions, s; which is not known of any image.",
    "ID": "Identifier of an image (`obs_publisher_did`).",
    "COLLECTION": "Name of a root.",
    "FACILITY": "Name of the telescope.",
    "INSTRUMENT": "Name of the instrument.",
    "DPTYPE": "`image` or `cube`.",
    "CALIB": "Level of calibration, 0 to 4.",
    "TARGET": "Name of the field.",
    "FORMAT": "Media type of what `access_url` answers; `image/fits` is `application/fits`.",
    "KIND": "Kind of image, as in `restored` (`dataproduct_subtype`): of this archive alone.",
    "MAXREC": "Records at most; 0 for the columns alone.",
    "RESPONSEFORMAT": "`votable`.",
}

#: Regions in one request: each is looked up by itself.
MOST_REGIONS: Final = 100

_RANGES: Final = {
    "TIME": "time_ranges",
    "FOV": "size_ranges",
    "SPATRES": "resolution_ranges",
    "SPECRP": "resolving_power_ranges",
    "EXPTIME": "exposure_ranges",
}
_TEXTS: Final = {
    "FACILITY": "telescopes",
    "INSTRUMENT": "instruments",
    "TARGET": "fields",
    "KIND": "kinds",
}
#: RFC 4047 gives FITS files of images two names; TOPCAT asks for this one unless it is told.
_ALSO_FITS: Final = "image/fits"
_LEVELS: Final = ("0", "1", "2", "3", "4")


def filters_of(given: Parameters, archive: Archive) -> dict[str, Any] | None:
    """Filters of the images that satisfy a query; ``None`` where none can.

    Images that are gone are left out. Raises :class:`UsageFault`.
    """
    found: dict[str, Any] = {"retired": False, "missing": False}
    if given.every("POS"):
        found["regions"] = _regions(given.every("POS"))
    if given.every("BAND"):
        found["frequency_ranges"] = tuple(map(_frequencies, given.intervals("BAND")))
    for name, filter_name in _RANGES.items():
        if given.every(name):
            found[filter_name] = tuple(given.intervals(name))
    for name, filter_name in _TEXTS.items():
        if given.every(name):
            found[filter_name] = tuple(given.every(name))
    if given.every("FORMAT"):
        found["media_types"] = tuple(map(_media_type, given.every("FORMAT")))
    if given.every("POL"):
        found["states"] = tuple(map(_state, given.every("POL")))
    if given.every("ID"):
        ids = map(archive.id_of, given.every("ID"))
        found["ids"] = tuple(id for id in ids if id is not None)
    if given.every("COLLECTION"):
        found["root_ids"] = tuple(archive.root_ids(given.every("COLLECTION")))
    choices = {
        "is_cube": _choices(given.every("DPTYPE"), "image", "cube"),
        "is_derived": _choices(_levels(given), "2", "3"),
    }
    if set() in choices.values() or given.intervals("TIMERES"):
        return None
    return found | {name: found.pop() for name, found in choices.items() if len(found) == 1}


def _regions(texts: list[str]) -> tuple[Region, ...]:
    if len(texts) > MOST_REGIONS:
        raise UsageFault(f"POS: {len(texts)} regions; ask for at most {MOST_REGIONS} at once")
    try:
        return tuple(map(parse_region, texts))
    except MustelaError as error:
        raise UsageFault(f"POS: {error.message}") from error


def _frequencies(wavelengths: Range) -> Range:
    shortest, longest = wavelengths
    if longest <= 0:
        raise UsageFault(f"BAND: {longest} is no wavelength; write metres above 0")
    return frequencies(shortest, longest)


def _media_type(text: str) -> str:
    return FITS if text.lower() == _ALSO_FITS else text


def _state(text: str) -> str:
    if text.upper() not in STATES:
        raise UsageFault(f"POL: {text!r} is none of {', '.join(STATES)}")
    return text.upper()


def _levels(given: Parameters) -> list[str]:
    for level in given.every("CALIB"):
        if level not in _LEVELS:
            raise UsageFault(f"CALIB: {level!r} is no level; write 0, 1, 2, 3 or 4")
    return given.every("CALIB")


def _choices(wanted: list[str], no: str, yes: str) -> set[bool]:
    """Which truth values are wanted of a filter that stands for two words."""
    if not wanted:
        return {False, True}
    return {word == yes for word in map(str.lower, wanted) if word in (no, yes)}
