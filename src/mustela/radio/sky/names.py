"""Names made of coordinates, as the IAU asks for: `MUS J123456.7-123456`."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from mustela.radio.sky.positions import unit_vector, wrapped


def iau_name(ra_deg: float, dec_deg: float, prefix: str = "MUS", precision: int = 1) -> str:
    """The name of a source at that position (ICRS, hence the J), truncated, never rounded.

    `precision` is the number of decimals of the seconds of right ascension, 0 or more; the
    arcseconds of declination have one fewer, but not less than none. Digits beyond are cut off, so
    that no field reaches 60 and the name marks the low corner of the small box the source is in:
    the rule of the "Specifications concerning designations for astronomical radiation sources
    outside the solar system" (IAU, Working Group Designations), section on the use of coordinates.
    Truncation is of the decimal number that the double stands for (its shortest form): 187.705
    degrees are 12h30m49.2s, not 49.1999.
    """
    if precision < 0:
        raise ValueError("precision: the decimals of the seconds, 0 or more.")
    unit_vector(ra_deg, dec_deg)
    ra = _sexagesimal(_decimal(wrapped(ra_deg)) * 240, precision)
    dec = _sexagesimal(abs(_decimal(dec_deg)) * 3600, max(precision - 1, 0))
    sign = "-" if dec_deg < 0 else "+"
    return f"{prefix} J{ra}{sign}{dec}"


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _sexagesimal(seconds: Decimal, decimals: int) -> str:
    kept = seconds.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
    in_minutes, rest = divmod(kept, 60)
    whole, minutes = divmod(int(in_minutes), 60)
    width = 2 if decimals == 0 else 3 + decimals
    return f"{whole:02d}{minutes:02d}{rest:0{width}.{decimals}f}"
