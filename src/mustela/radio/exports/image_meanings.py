"""What the fields of an image mean to programs."""

from __future__ import annotations

from mustela.radio.exports.columns import Meaning

_SURFACE = "Jy/beam"

#: UCD1+ (IVOA), and units that do not stand in the name.
IMAGE_FIELDS: dict[str, Meaning] = {
    "id": Meaning("meta.id;meta.main", ascii=True),
    "path": Meaning("meta.id;meta.file"),
    "root_id": Meaning("meta.id", ascii=True),
    "filename": Meaning("meta.id;meta.file"),
    "hdu": Meaning("meta.number", description="Number of the HDU, from 0"),
    "telescope": Meaning("instr.tel"),
    "instrument": Meaning("instr"),
    "observer": Meaning("obs.observer"),
    "field": Meaning("meta.id;obs.field"),
    "ra_deg": Meaning("pos.eq.ra;meta.main", description="Right ascension of the centre, ICRS"),
    "dec_deg": Meaning("pos.eq.dec;meta.main", description="Declination of the centre, ICRS"),
    "radius_deg": Meaning(
        "phys.angSize", description="Of the smallest circle about the centre that holds the image"
    ),
    "footprint": Meaning(
        "pos.outline;obs.field",
        "deg",
        "Right ascension and declination of each corner in turn, ICRS",
    ),
    "width_px": Meaning("meta.number"),
    "height_px": Meaning("meta.number"),
    "n_planes": Meaning("meta.number"),
    "pixel_scale_arcsec": Meaning("phys.angSize;instr.pixel"),
    "frequency_hz": Meaning("em.freq", description="Centre of the band"),
    "bandwidth_hz": Meaning("instr.bandwidth"),
    "n_channels": Meaning("meta.number;em"),
    "stokes": Meaning("meta.code;phys.polarization", ascii=True),
    "beam_major_arcsec": Meaning(
        "phys.angSize.smajAxis;instr.beam", description="Full width at half maximum"
    ),
    "beam_minor_arcsec": Meaning(
        "phys.angSize.sminAxis;instr.beam", description="Full width at half maximum"
    ),
    "beam_pa_deg": Meaning("pos.posAng;instr.beam", description="From north through east"),
    "units": Meaning("meta.unit", description="Of the pixels"),
    "start_mjd": Meaning("time.start;obs", description="MJD, UTC"),
    "mid_mjd": Meaning("time.epoch;obs", description="MJD, UTC"),
    "end_mjd": Meaning("time.end;obs", description="MJD, UTC"),
    "integration_seconds": Meaning("time.duration;obs.exposure"),
    "noise_jy": Meaning("stat.stdev;phot.flux.density;em.radio", _SURFACE),
    "peak_jy": Meaning("phot.flux.density;stat.max;em.radio", _SURFACE),
    "theoretical_noise_jy": Meaning("stat.stdev;phot.flux.density;em.radio", _SURFACE),
    "dynamic_range": Meaning("stat.snr", description="Peak over noise"),
    "n_sources": Meaning("meta.number;src"),
    "grade": Meaning("meta.code.qual", ascii=True),
    "file_size": Meaning("phys.size;meta.file", "byte"),
    "job_id": Meaning("meta.id", ascii=True),
    "ms_id": Meaning("meta.id", ascii=True),
    "created_at": Meaning("time.creation"),
}
