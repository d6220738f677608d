"""When an image was observed, in MJD UTC."""

from __future__ import annotations

import math
import re
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import erfa
import msgspec

from mustela.radio.imaging.header import number, text

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
#: Karl Jansky's first recordings; nothing at radio wavelengths was observed before.
_FIRST_MJD = 26342.0  # 1931-01-01
_DAY = 86400.0

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?)?Z?"
)
_OLD = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")


class Times(msgspec.Struct, frozen=True):
    """MJD, UTC, and seconds. ``flags`` are words of ``facts.FLAGS``."""

    start_mjd: float | None = None
    mid_mjd: float | None = None
    end_mjd: float | None = None
    integration_seconds: float | None = None
    flags: tuple[str, ...] = ()


class _Reader:
    """Reads the dates of one header and remembers what was wrong with them."""

    def __init__(self, header: Any) -> None:
        self.header = header
        self.scale = (text(header, "TIMESYS") or "UTC").upper().partition("(")[0]
        self.flags: set[str] = set()

    def date(self, *keywords: str) -> float | None:
        for keyword in keywords:
            written = text(self.header, keyword)
            if written is None:
                continue
            mjd, has_time = _parse(written)
            if mjd is not None and not has_time and keyword != "DATE-END":
                self.flags.add("time_of_day_missing")
            if (found := self._checked(mjd, has_time)) is not None:
                return found
        return None

    def mjd(self, *keywords: str) -> float | None:
        for keyword in keywords:
            value = number(self.header, keyword)
            if value is not None and (found := self._checked(value, True)) is not None:
                return found
        return None

    def _checked(self, mjd: float | None, has_time: bool) -> float | None:
        latest = (datetime.now(UTC) - _MJD_ZERO).total_seconds() / _DAY + 1
        if mjd is None or not _FIRST_MJD <= mjd <= latest:
            self.flags.add("date_impossible")
            return None
        # A day without a time is the same day in every scale.
        return round(_utc(mjd, self.scale) if has_time else mjd, 10)


def times_of(header: Any) -> Times:
    """Start, middle, end and integration time, as far as they are said.

    DATE-OBS and DATE-BEG are the start, DATE-AVG the middle, DATE-END the end (each as MJD-xxx,
    too), TELAPSE the time from start to end. EXPTIME, XPOSURE, EXPOSURE and DURATION are
    integration times, which say nothing of the end. TIMESYS is converted: TAI, TT, GPS by leap
    seconds, TDB as TT (they differ by 2 ms at most), UT1 as UTC (by 0.9 s at most).
    """
    reader = _Reader(header)
    start = _agreed(reader, reader.date("DATE-BEG", "DATE-OBS"), reader.mjd("MJD-BEG", "MJD-OBS"))
    middle = _agreed(reader, reader.date("DATE-AVG"), reader.mjd("MJD-AVG"))
    end = _agreed(reader, reader.date("DATE-END"), reader.mjd("MJD-END"))
    elapsed = number(header, "TELAPSE")
    if end is None and start is not None and elapsed is not None and elapsed > 0:
        end = round(start + elapsed / _DAY, 10)
    if start is not None and end is not None and end < start:
        reader.flags.add("date_conflict")
        end = None
    if middle is None and start is not None and end is not None:
        middle = round((start + end) / 2, 10)
    seconds = number(header, "EXPTIME", "XPOSURE", "EXPOSURE", "DURATION", "ONTIME")
    if start is None:
        reader.flags.discard("time_of_day_missing")
    return Times(
        start_mjd=start,
        mid_mjd=middle,
        end_mjd=end,
        integration_seconds=seconds if seconds is not None and seconds > 0 else None,
        flags=tuple(sorted(reader.flags)),
    )


def _agreed(reader: _Reader, date: float | None, mjd: float | None) -> float | None:
    """The date, or the MJD where there is none, or where the date lacks the time of that day."""
    if date is None or mjd is None:
        return mjd if date is None else date
    if abs(date - mjd) > 1:
        reader.flags.add("date_conflict")
    elif date == math.floor(date) and "time_of_day_missing" in reader.flags:
        reader.flags.discard("time_of_day_missing")
        return mjd
    return date


def _parse(written: str) -> tuple[float | None, bool]:
    """A date as an MJD in its own scale, and whether it has a time of day.

    ISO 8601, the old FITS ``dd/mm/yy`` (of the 20th century) and ``yyyymmdd``.
    """
    hour = minute = 0
    second = 0.0
    has_time = False
    if (found := _ISO.fullmatch(written)) is not None:
        year, month, day = (int(found[index]) for index in (1, 2, 3))
        if found[4] is not None:
            hour, minute, second = int(found[4]), int(found[5]), float(found[6] or 0)
            has_time = True
    elif (found := _OLD.fullmatch(written)) is not None:
        day, month, year = int(found[1]), int(found[2]), 1900 + int(found[3])
    elif (found := _PACKED.fullmatch(written)) is not None:
        year, month, day = (int(found[index]) for index in (1, 2, 3))
    else:
        return None, False
    if hour > 24 or minute > 59 or second >= 61:
        return None, False
    try:
        days = (datetime(year, month, day, tzinfo=UTC) - _MJD_ZERO).days
    except ValueError:
        return None, False
    return days + (hour * 3600 + minute * 60 + second) / _DAY, has_time


def _utc(mjd: float, scale: str) -> float:
    """From another scale to UTC."""
    day, part = math.floor(mjd), mjd % 1
    if scale in {"TT", "TDT", "ET", "TDB", "TAI", "IAT", "GPS"}:
        with warnings.catch_warnings():
            # Beyond the leap seconds that are known the last offset stays.
            warnings.simplefilter("ignore", erfa.ErfaWarning)
            if scale in {"TT", "TDT", "ET", "TDB"}:
                part -= 32.184 / _DAY
            elif scale == "GPS":
                part += 19.0 / _DAY
            first, second = erfa.taiutc(2400000.5 + day, part)
        return float(first - 2400000.5) + float(second)
    return mjd


def iso_of(mjd: float) -> str:
    """The date and time of an MJD, in its own scale, to the microsecond."""
    return (_MJD_ZERO + timedelta(days=mjd)).strftime("%Y-%m-%dT%H:%M:%S.%f")
