"""A measurement's row as the sums need it, and the statements that read some."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from mustela.radio.schema import images, measurements
from mustela.radio.variability.epochs import Epoch, usable
from mustela.store import Statement
from mustela.store.dialect_sql import in_json_numbers

#: Kinds of measurement that say where a source is; a forced fit is told.
FINDING = ("detected", "imported")

m = measurements.c


class Measured(NamedTuple):
    """See ``mustela.radio.schema.sources``; the last three are the image's."""

    seq: int
    id: str
    source: int | None
    image: int
    kind: str
    ra_deg: float
    dec_deg: float
    ra_error_arcsec: float | None
    dec_error_arcsec: float | None
    separation_arcsec: float | None
    systematic_arcsec: float | None
    band: str
    stokes: str
    mid_mjd: float | None
    peak_jy: float | None
    peak_error_jy: float | None
    integrated_jy: float | None
    integrated_error_jy: float | None
    counts: int
    why_not: str | None
    flags: str
    de_ruiter: float | None
    image_counts: int
    image_why_not: str | None
    image_grade: str | None

    @property
    def peak(self) -> Epoch | None:
        """The peak flux density as an epoch; ``None`` where it cannot be one."""
        return self._epoch(self.peak_jy, self.peak_error_jy)

    @property
    def integrated(self) -> Epoch | None:
        """The integrated flux density as an epoch; ``None`` where it cannot be one."""
        return self._epoch(self.integrated_jy, self.integrated_error_jy)

    def _epoch(self, flux: float | None, error: float | None) -> Epoch | None:
        if self.mid_mjd is None or flux is None or error is None or usable(flux, error):
            return None
        return Epoch(flux, error, self.mid_mjd, self.id)


def main_stokes(planes: str | None) -> str:
    """The Stokes parameter of an image's flux densities: I where one of its planes is, else that
    of its first (``XX`` and the like are two letters). An image that does not say is taken for I.
    """
    if planes is None or "I" in planes or not planes:
        return "I"
    return planes[:2] if planes[0] in "XYRL" else planes[0]


_columns: list[Any] = [m[name] for name in Measured._fields[:-3]]
_rows = select(*_columns, images.c.counts, images.c.why_not, images.c.grade).select_from(
    measurements.join(images, images.c.seq == m.image)
)
#: Those of some sources in one image, and all of some sources; keys as JSON arrays.
IN_IMAGE = Statement(
    _rows.where(m.image == bindparam("image"), in_json_numbers(m.source, bindparam("sources")))
)
OF_SOURCES = Statement(_rows.where(in_json_numbers(m.source, bindparam("sources"))))
#: The epochs of some sources.
EPOCHS_OF = Statement(_rows.where(in_json_numbers(m.source, bindparam("sources")), m.counts == 1))
