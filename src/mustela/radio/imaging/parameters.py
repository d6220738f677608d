"""The parameters of the imaging that made an image, as far as its header tells."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

from mustela.radio.imaging.header import text

Parameters = dict[str, str | float | int]

#: WSClean's keywords (its manual, "FITS keywords") under the names of its options.
_WSCLEAN = {
    "WSCDATAC": "data_column",
    "WSCFIELD": "field",
    "WSCGAIN": "gain",
    "WSCGKRNL": "gridding_kernel",
    "WSCMAJOR": "n_major",
    "WSCMGAIN": "mgain",
    "WSCMINOR": "n_minor",
    "WSCNITER": "niter",
    "WSCNVIS": "n_visibilities",
    "WSCNWLAY": "n_wlayers",
    "WSCTHRES": "threshold",
    "WSCVERSI": "version",
    "WSCWEIGH": "weighting",
}
#: Options of WSClean's command line, and how many words follow.
_OPTIONS = {
    "niter": 1,
    "nmiter": 1,
    "gain": 1,
    "mgain": 1,
    "threshold": 1,
    "auto-threshold": 1,
    "auto-mask": 1,
    "scale": 1,
    "size": 2,
    "channels-out": 1,
    "pol": 1,
    "gridder": 1,
    "minuv-l": 1,
    "maxuv-l": 1,
    "taper-gaussian": 1,
    "data-column": 1,
}
_CASA = re.compile(
    r"\b(niter|robust|weighting|cell|imsize|gain|threshold|deconvolver|gridder|specmode|nterms|"
    r"uvtaper|nsigma|datacolumn|psfmode|imagermode)\s*=\s*"
    r"(\"[^\"]*\"|'[^']*'|\[[^\]]*\]|[^\s,)]+)"
)
_CASA_TASK = re.compile(r"\b(t?clean)\s*(?:\(|\[\])|taskname\s*=\s*[\"']?(t?clean)\b")
_AIPS = re.compile(r"\bCLEAN\s+NITER=\s*(\d+)")


def parameters_of(header: Any, history: Sequence[str]) -> Parameters | None:
    """A flat dictionary: ``software``, ``niter``, ``robust``, ``weighting`` ...

    From WSClean's keywords and command line, CASA's ``tclean`` and ``clean`` and AIPS's notes in
    the history; ``None`` where they tell nothing. Numbers are numbers, lists stay text.
    """
    found: Parameters = {}
    _from_aips(found, history)
    _from_casa(found, history)
    _from_command_line(found, history)
    _from_keywords(found, header)
    if found and (origin := text(header, "ORIGIN")) and origin.lower().startswith("wsclean"):
        found["software"] = "wsclean"
    return found or None


def _from_keywords(found: Parameters, header: Any) -> None:
    for keyword, name in _WSCLEAN.items():
        value = header.get(keyword)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            found["software"] = "wsclean"
            found[name] = value.strip() if isinstance(value, str) else _whole(value)
    weighting = found.get("weighting")
    if isinstance(weighting, str) and (
        robust := re.fullmatch(r"Briggs'?\(([-+.\d]+)\)", weighting)
    ):
        found["weighting"] = "briggs"
        found["robust"] = float(robust[1])


def _from_command_line(found: Parameters, history: Sequence[str]) -> None:
    """The command stands in one card after the other, cut anywhere."""
    start = next((i for i, line in enumerate(history) if line.startswith("wsclean ")), None)
    if start is None:
        return
    said = "".join(_padded(line) for line in history[start:])
    try:
        words = shlex.split(said)
    except ValueError:
        words = said.split()
    found["software"] = "wsclean"
    for index, word in enumerate(words):
        name = word.lstrip("-")
        values = words[index + 1 :]
        if not word.startswith("-") or not values:
            continue
        if name == "weight":
            found["weighting"] = values[0]
            if values[0] == "briggs" and len(values) > 1:
                _set(found, "robust", values[1])
        elif name in _OPTIONS:
            _set(found, name.replace("-", "_"), " ".join(values[: _OPTIONS[name]]))


def _padded(line: str) -> str:
    """A card holds 72 characters; astropy strips blanks at its end, which parted two words."""
    return line.ljust(72) if len(line) < 72 and len(line) >= 60 else line


def _from_casa(found: Parameters, history: Sequence[str]) -> None:
    """CASA continues a long line in the next card after ``>``."""
    said = "\n".join(history).replace("\n>", "")
    tasks = list(_CASA_TASK.finditer(said))
    if not tasks:
        return
    last = tasks[-1]
    parameters = list(_CASA.finditer(said, last.start()))
    if parameters:
        found["software"] = "casa"
        found["task"] = last[1] or last[2]
    for name, value in (match.groups() for match in parameters):
        _set(found, name, value.strip("\"'"))


def _from_aips(found: Parameters, history: Sequence[str]) -> None:
    for line in history:
        if (niter := _AIPS.search(line)) is not None:
            found["software"] = "aips"
            found["niter"] = int(niter[1])


def _set(found: Parameters, name: str, value: str) -> None:
    if value:
        found[name] = _plain(value)


def _plain(value: str) -> str | float | int:
    """A number where it is one."""
    value = value.strip()
    is_number = re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", value)
    return _whole(float(value)) if is_number else value


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
