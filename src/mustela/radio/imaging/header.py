"""Values of header cards as plain Python types; what is missing or of a wrong type is ``None``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

_COMMENTS = {"COMMENT", "HISTORY", ""}


def number(header: Any, *keywords: str) -> float | None:
    """The first of the cards that holds a finite number (numbers written as text count)."""
    for keyword in keywords:
        value = _value(header, keyword)
        if isinstance(value, bool):
            continue
        try:
            found = float(value)
        except (TypeError, ValueError):
            continue
        if math.isfinite(found):
            return found
    return None


def text(header: Any, *keywords: str) -> str | None:
    """The first of the cards that holds a text that is not blank, without blanks at its ends."""
    for keyword in keywords:
        value = _value(header, keyword)
        if isinstance(value, str) and (found := value.strip()):
            return found
    return None


def _value(header: Any, keyword: str) -> Any:
    try:
        return header.get(keyword)
    except (fits.VerifyError, ValueError, OSError):  # a card that cannot be parsed
        return None


def sound(header: Any) -> Any:
    """A copy without the cards that cannot be parsed, which nothing may ask for."""
    copy = fits.Header()
    for card in header.cards:
        try:
            if card.keyword not in _COMMENTS:
                _ = card.value, card.comment
        except (fits.VerifyError, ValueError, TypeError):
            continue
        copy.append(card, end=True)
    return copy


def history(header: Any) -> list[str]:
    """The HISTORY cards, in order."""
    try:
        return [str(line) for line in header.get("HISTORY", [])]
    except (ValueError, OSError):
        return []


def cut(value: float | None, digits: int = 12) -> float | None:
    """Without the noise of the last bits; not finite is ``None``."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.{digits}g}")


@contextmanager
def quiet() -> Iterator[None]:
    """Files are full of small sins against the standard; what matters is said in flags."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        yield
