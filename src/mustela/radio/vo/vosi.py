"""VOSI 1.1: what a service can do, and whether it works (capabilities and availability)."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CAPABILITIES: Final = "http://www.ivoa.net/xml/VOSICapabilities/v1.0"
_AVAILABILITY: Final = "http://www.ivoa.net/xml/VOSIAvailability/v1.0"
_RESOURCE: Final = "http://www.ivoa.net/xml/VODataService/v1.1"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_VOSI: Final = "ivo://ivoa.net/std/VOSI"

MEDIA_TYPE: Final = "text/xml"


def capabilities(base: str, standard: str, query: str, version: str) -> bytes:
    """The capabilities of the service below ``base`` whose query is at ``base``/``query``.

    The query is named last and without a security method, as clients look for one that has none;
    where the server wants a token, Basic and Bearer are good at the same address.
    """
    parts = [
        _capability(f"{_VOSI}#capabilities", f"{base}/capabilities", "full"),
        _capability(f"{_VOSI}#availability", f"{base}/availability", "full"),
        _capability(standard, f"{base}{query}", "base", version),
    ]
    return (
        f"{_HEAD}<vosi:capabilities xmlns:vosi={quoteattr(_CAPABILITIES)} "
        f"xmlns:vs={quoteattr(_RESOURCE)} xmlns:xsi={quoteattr(_INSTANCE)}>\n"
        f"{''.join(parts)}</vosi:capabilities>\n"
    ).encode()


def _capability(standard: str, address: str, use: str, version: str | None = None) -> str:
    said = "" if version is None else f' role="std" version={quoteattr(version)}'
    return (
        f"  <capability standardID={quoteattr(standard)}>\n"
        f'    <interface xsi:type="vs:ParamHTTP"{said}>\n'
        f"      <accessURL use={quoteattr(use)}>{escape(address)}</accessURL>\n"
        "    </interface>\n"
        "  </capability>\n"
    )


def availability(*, available: bool, note: str) -> bytes:
    """Whether the service can work now, and a word on it."""
    return (
        f"{_HEAD}<vosi:availability xmlns:vosi={quoteattr(_AVAILABILITY)}>\n"
        f"  <vosi:available>{str(available).lower()}</vosi:available>\n"
        f"  <vosi:note>{escape(note)}</vosi:note>\n"
        "</vosi:availability>\n"
    ).encode()
