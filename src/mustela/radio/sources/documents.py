"""Sources and measurements in JSON, and what people may say of a source."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from mustela.radio.documents import ITEM_MEANINGS
from mustela.radio.item_routes import ItemEdit
from mustela.radio.sources.record import Measurement, Source

SourceDocument: Any = Source.public
MeasurementDocument: Any = Measurement.public

SOURCE_MEANINGS = {
    **{name: ITEM_MEANINGS[name] for name in ("near", "grade", "graded", "run", "tag", "ids")},
    "name": "What the name contains, whatever the case.",
    "band": "Only sources with epochs in this band; figures, filters and sort are of it then.",
    "stokes": "With `band`: the Stokes parameter, I if not given.",
    "made_by": "`association` or `caller`.",
    **{
        f"{end}_{flux}_{figure}": f"{meaning} of the {flux} flux densities."
        for end in ("min", "max")
        for flux in ("peak", "integrated")
        for figure, meaning in {
            "mean_jy": "Mean, in Jy,",
            "maximum_jy": "The largest, in Jy,",
            "v": "V, standard deviation over mean,",
            "eta": "η, reduced χ² about the weighted mean,",
            "vs": "The largest |Vs| of two epochs",
            "m": "The modulation of those two epochs",
        }.items()
    },
    "min_n_epochs": "How many epochs count.",
    "max_n_epochs": "How many epochs count.",
    "min_first_mjd": "First detection, MJD (UTC).",
    "max_first_mjd": "First detection, MJD (UTC).",
    "min_last_mjd": "Last detection, MJD (UTC).",
    "max_last_mjd": "Last detection, MJD (UTC).",
}


class SourceEdit(ItemEdit):
    """What people say of a source. A field that is not named stays as it is.

    An empty `name` is that of the IAU. `grade_given` is a person's grade and has the last word.
    """

    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
