"""What the filters of lists mean, in the API's document."""

from __future__ import annotations

ITEM_MEANINGS = {
    "near": "Right ascension, declination and radius in degrees (ICRS), with commas between.",
    "grade": "The QA grade that holds: `good`, `warn` or `fail`.",
    "graded": "Whether there is a grade.",
    "run": "Made by this job or run.",
    "retired": "Whether it was removed on purpose.",
    "missing": "Whether the last scan did not find it.",
    "tag": "A tag, exactly.",
    "flag": "A flag, exactly, as in `beam_zero`.",
    "ids": "Ids; may be given several times.",
    "folder": "Path of a folder below its root; folders inside it count.",
    "min_mid_mjd": "Middle of the observation, MJD (UTC).",
    "max_mid_mjd": "Middle of the observation, MJD (UTC).",
}

IMAGE_MEANINGS = {
    **ITEM_MEANINGS,
    "covers": "Right ascension and declination in degrees (ICRS), with a comma between: images "
    "whose footprint holds the position.",
    "kind": "Kind of image: `restored`, `residual`, `psf`, `dirty`, `model`, `mask`, `mosaic`, "
    "`noise` or `background`.",
    "field": "Name of the field, exactly.",
    "observed_after": "The observation went on after this time, MJD (UTC).",
    "observed_before": "The observation began before this time, MJD (UTC).",
    "current": "Whether no version of it is later.",
    "counts": "Whether its measurements are epochs.",
}

MS_MEANINGS = {
    **ITEM_MEANINGS,
    "field": "Name of a field that was observed.",
    "frequency_hz": "A frequency in its range.",
    "observed_after": "The observation went on after this time, MJD (UTC).",
    "observed_before": "The observation began before this time, MJD (UTC).",
}

CALIBRATION_MEANINGS = {
    **ITEM_MEANINGS,
    "type": "Kind of the solutions, as in `K Jones`.",
    "ms_name": "The Measurement Set that it says it was solved on.",
    "valid_at": "A time in its validity, MJD (UTC).",
}
