"""What the fields of a source, and of a measurement, mean to programs."""

from __future__ import annotations

from mustela.radio.exports.columns import Meaning

_PEAK = "Jy/beam"


def _statistics(kind: str, unit: str) -> dict[str, Meaning]:
    """Of peak or integrated flux densities over the epochs."""
    return {
        f"{kind}_mean_jy": Meaning("phot.flux.density;stat.mean;em.radio", unit),
        f"{kind}_weighted_mean_jy": Meaning(
            "phot.flux.density;stat.mean;em.radio", unit, "Weighted by 1/σ²"
        ),
        f"{kind}_minimum_jy": Meaning("phot.flux.density;stat.min;em.radio", unit),
        f"{kind}_maximum_jy": Meaning("phot.flux.density;stat.max;em.radio", unit),
        f"{kind}_v": Meaning("src.var.index", description="V: standard deviation over mean"),
        f"{kind}_eta": Meaning("src.var.index", description="η: reduced χ² of a constant source"),
        f"{kind}_vs": Meaning("src.var.index", description="Vs of the two epochs apart the most"),
        f"{kind}_m": Meaning("src.var.index", description="m of the same two epochs"),
    }


#: UCD1+ (IVOA), and units that do not stand in the name.
SOURCE_FIELDS: dict[str, Meaning] = {
    "id": Meaning("meta.id;meta.main", ascii=True),
    "name": Meaning("meta.id;src"),
    "ra_deg": Meaning("pos.eq.ra;meta.main", description="Right ascension, ICRS"),
    "dec_deg": Meaning("pos.eq.dec;meta.main", description="Declination, ICRS"),
    "ra_error_arcsec": Meaning("stat.error;pos.eq.ra", description="On the sky"),
    "dec_error_arcsec": Meaning("stat.error;pos.eq.dec"),
    "n_detections": Meaning("meta.number;obs"),
    "n_measurements": Meaning("meta.number;obs"),
    "first_mjd": Meaning("time.epoch;stat.min", description="First detection, MJD, UTC"),
    "last_mjd": Meaning("time.epoch;stat.max", description="Last detection, MJD, UTC"),
    "band": Meaning("instr.bandpass", description="Band of the statistics"),
    "stokes": Meaning(
        "meta.code;phys.polarization", description="Stokes parameter of the statistics", ascii=True
    ),
    "n_epochs": Meaning("meta.number;obs", description="Epochs in the statistics"),
    "n_forced": Meaning("meta.number;obs"),
    **_statistics("peak", _PEAK),
    **_statistics("integrated", "Jy"),
    "stale": Meaning("meta.code.status", description="Figures wait to be summed anew"),
    "grade": Meaning("meta.code.qual", ascii=True),
    "job_id": Meaning("meta.id", ascii=True),
    "created_at": Meaning("time.creation"),
}

MEASUREMENT_FIELDS: dict[str, Meaning] = {
    "id": Meaning("meta.id;meta.main", ascii=True),
    "source_id": Meaning("meta.id;src", ascii=True),
    "image_id": Meaning("meta.id;obs.image", ascii=True),
    "kind": Meaning("meta.code", ascii=True),
    "name": Meaning("meta.id"),
    "ra_deg": Meaning("pos.eq.ra;meta.main", description="Right ascension, ICRS"),
    "dec_deg": Meaning("pos.eq.dec;meta.main", description="Declination, ICRS"),
    "ra_error_arcsec": Meaning("stat.error;pos.eq.ra", description="On the sky"),
    "dec_error_arcsec": Meaning("stat.error;pos.eq.dec"),
    "peak_jy": Meaning("phot.flux.density;stat.max;em.radio", _PEAK),
    "peak_error_jy": Meaning("stat.error;phot.flux.density;em.radio", _PEAK),
    "integrated_jy": Meaning("phot.flux.density;em.radio"),
    "integrated_error_jy": Meaning("stat.error;phot.flux.density;em.radio"),
    "local_rms_jy": Meaning("stat.stdev;phot.flux.density;em.radio", _PEAK),
    "background_jy": Meaning("phot.flux.density;em.radio", _PEAK),
    "major_arcsec": Meaning("phys.angSize.smajAxis", description="Full width at half maximum"),
    "minor_arcsec": Meaning("phys.angSize.sminAxis", description="Full width at half maximum"),
    "pa_deg": Meaning("pos.posAng", description="From north through east"),
    "frequency_hz": Meaning("em.freq"),
    "mid_mjd": Meaning("time.epoch", description="MJD, UTC"),
    "band": Meaning("instr.bandpass"),
    "stokes": Meaning("meta.code;phys.polarization", ascii=True),
}
