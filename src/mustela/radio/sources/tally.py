"""What is kept of one source's measurements: where it is, and sums for each band and Stokes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

import msgspec

from mustela.radio.grading.source_grades import Kept
from mustela.radio.grading.source_rule import SourceFacts
from mustela.radio.schema.sources import FLUXES, SHOWN, SUMS
from mustela.radio.sky.healpix import cell_of
from mustela.radio.sky.position_sums import PositionSums
from mustela.radio.sources.measured import FINDING, Measured
from mustela.radio.variability.epochs import Epoch
from mustela.radio.variability.sums import FluxSums

#: Band and Stokes parameter.
Key: TypeAlias = tuple[str, str]
#: The epochs of one band and Stokes parameter that were counted earlier, for one flux density.
Earlier: TypeAlias = Callable[[str], Iterable[Epoch]]

#: The flags of a measurement without any, as they are kept.
NO_FLAGS = "[]"
_NAMES = {"vs": "pair_vs", "m": "pair_m"}


class BandTally(msgspec.Struct):
    """The epochs of one band and Stokes parameter."""

    n_epochs: int = 0
    n_detections: int = 0
    n_forced: int = 0
    first_mjd: float | None = None
    last_mjd: float | None = None
    peak: FluxSums = FluxSums()
    integrated: FluxSums = FluxSums()

    @classmethod
    def from_scratch(cls, epochs: list[Measured]) -> BandTally:
        tally = cls(
            peak=FluxSums.from_scratch([one.peak for one in epochs if one.peak is not None]),
            integrated=FluxSums.from_scratch(
                [one.integrated for one in epochs if one.integrated is not None]
            ),
        )
        for one in epochs:
            tally._note(one)
        return tally

    def needs_earlier(self, one: Measured) -> bool:
        """Whether the epochs counted so far must be looked at when this one is added."""
        return any(
            epoch is not None and sums.may_make_a_pair(epoch)
            for epoch, sums in ((one.peak, self.peak), (one.integrated, self.integrated))
        )

    def add(self, one: Measured, earlier: Earlier) -> None:
        """With one more epoch."""
        if one.peak is not None:
            self.peak = self.peak.added(one.peak, earlier("peak"))
        if one.integrated is not None:
            self.integrated = self.integrated.added(one.integrated, earlier("integrated"))
        self._note(one)

    def _note(self, one: Measured) -> None:
        self.n_epochs += 1
        if one.kind == "forced":
            self.n_forced += 1
        else:
            self.n_detections += 1
        self.first_mjd, self.last_mjd = _span(self.first_mjd, self.last_mjd, one.mid_mjd)

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> BandTally:
        """From the columns of ``source_statistics``."""
        sums = (
            FluxSums(n=row[f"{flux}_n"], **{name: row[f"{flux}_{name}"] for name in SUMS})
            for flux in FLUXES
        )
        return cls(
            row["n_epochs"],
            row["n_detections"],
            row["n_forced"],
            row["first_mjd"],
            row["last_mjd"],
            *sums,
        )

    def row(self) -> dict[str, Any]:
        """The columns of ``source_statistics``."""
        row: dict[str, Any] = {
            "n_epochs": self.n_epochs,
            "n_detections": self.n_detections,
            "n_forced": self.n_forced,
            "first_mjd": self.first_mjd,
            "last_mjd": self.last_mjd,
        }
        for flux in FLUXES:
            sums: FluxSums = getattr(self, flux)
            row[f"{flux}_n"] = sums.n
            for name in SUMS:
                row[f"{flux}_{name}"] = getattr(sums, name)
            row[f"{flux}_v"], row[f"{flux}_eta"] = sums.v, sums.eta
        return row


class Place(NamedTuple):
    """Where a source is: degrees, ICRS, and arcseconds on the sky."""

    ra_deg: float
    dec_deg: float
    ra_error_arcsec: float | None
    dec_error_arcsec: float | None


class SourceTally(msgspec.Struct):
    """All that follows from a source's measurements, and what is ``kept`` of its grade.

    It is at the weighted mean of those found (detected or imported) that have errors above 0;
    without any it is where it was said to be.
    """

    seq: int
    said: Place
    position: PositionSums = PositionSums()
    n_detections: int = 0
    n_measurements: int = 0
    first_mjd: float | None = None
    last_mjd: float | None = None
    n_in_failed_images: int = 0
    n_flagged: int = 0
    n_de_ruiter: int = 0
    sum_de_ruiter_squared: float = 0.0
    bands: dict[Key, BandTally] = msgspec.field(default_factory=dict)
    kept: Kept | None = None

    def join(self, one: Measured) -> None:
        """A measurement is associated with the source; whether it is an epoch is another matter."""
        self.n_measurements += 1
        if one.kind not in FINDING:
            return
        self.n_detections += 1
        self.first_mjd, self.last_mjd = _span(self.first_mjd, self.last_mjd, one.mid_mjd)
        self.n_in_failed_images += one.image_grade == "fail"
        self.n_flagged += one.flags != NO_FLAGS
        if one.de_ruiter is not None:
            self.n_de_ruiter += 1
            self.sum_de_ruiter_squared += one.de_ruiter * one.de_ruiter  # ** would raise at 1e155
        ra, dec = position_errors(one)
        if ra > 0 and dec > 0:
            self.position = self.position.added(one.ra_deg, one.dec_deg, ra, dec)

    def main(self) -> Key | None:
        """Which band and Stokes parameter lists show: most epochs, of equal ones Stokes I, then
        the first by name."""
        return min(self.bands, key=self._rank, default=None)

    def _rank(self, key: Key) -> tuple[int, bool, str, str]:
        band, stokes = key
        return -self.bands[key].n_epochs, stokes != "I", band, stokes

    def row(self) -> dict[str, Any]:
        """The columns of ``sources`` that follow."""
        place = self._place()
        main = self.main()
        tally = BandTally() if main is None else self.bands[main]
        position = self.position
        row: dict[str, Any] = {
            **place._asdict(),
            "cell": cell_of(place.ra_deg, place.dec_deg),
            "sum_n": position.n,
            "sum_x": position.x,
            "sum_y": position.y,
            "sum_z": position.z,
            "weight_ra": position.ra_weight,
            "weight_dec": position.dec_weight,
            "n_detections": self.n_detections,
            "n_measurements": self.n_measurements,
            "first_mjd": self.first_mjd,
            "last_mjd": self.last_mjd,
            "n_in_failed_images": self.n_in_failed_images,
            "n_flagged": self.n_flagged,
            "n_de_ruiter": self.n_de_ruiter,
            "sum_de_ruiter_squared": self.sum_de_ruiter_squared,
            "band": None if main is None else main[0],
            "stokes": None if main is None else main[1],
            "n_epochs": tally.n_epochs,
            "n_forced": tally.n_forced,
        }
        for flux in FLUXES:
            sums: FluxSums = getattr(tally, flux)
            for name in SHOWN:
                row[f"{flux}_{name}"] = getattr(sums, _NAMES.get(name, name))
        return row

    def facts(self) -> SourceFacts:
        """What its grade follows from."""
        main = self.main()
        return SourceFacts(
            n_detections=self.n_detections,
            n_in_failed_images=self.n_in_failed_images,
            n_flagged=self.n_flagged,
            n_epochs=0 if main is None else self.bands[main].n_epochs,
            n_de_ruiter=self.n_de_ruiter,
            sum_de_ruiter_squared=self.sum_de_ruiter_squared,
        )

    def _place(self) -> Place:
        mean, errors = self.position.position(), self.position.errors_arcsec()
        return self.said if mean is None or errors is None else Place(*mean, *errors)

    @classmethod
    def new_row(cls, said: Place) -> dict[str, Any]:
        """The columns of a new source."""
        where = {f"said_{name}": value for name, value in said._asdict().items()}
        return {**where, **cls(0, said).row()}


def position_errors(one: Measured) -> tuple[float, float]:
    """Its position errors with the systematic one, in arcseconds; 0 where nothing is known."""
    systematic = one.systematic_arcsec or 0.0
    return (
        math.hypot(one.ra_error_arcsec or 0.0, systematic),
        math.hypot(one.dec_error_arcsec or 0.0, systematic),
    )


def _span(
    first: float | None, last: float | None, time: float | None
) -> tuple[float | None, float | None]:
    if time is None:
        return first, last
    return (
        time if first is None else min(first, time),
        time if last is None else max(last, time),
    )
