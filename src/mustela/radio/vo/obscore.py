"""An image as the ObsCore data model 1.1 describes it: columns, and a row of them.

What is not known is null, with three exceptions: an image without a bandwidth covers its one
wavelength; where no start or end of the observation is said, its middle stands for it, or else the
other end; and its level of calibration follows from its kind.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from mustela.radio.exports.columns import Column, Kind
from mustela.radio.images.constraints import DERIVED_KINDS, LINKS, media_type_of
from mustela.radio.images.record import Image
from mustela.radio.vo.addresses import Archive

#: In a vacuum, m/s.
LIGHT: Final = 299_792_458.0
#: As ObsCore orders them.
STATES: Final = (
    *("I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX", "POLI", "POLA"),
)
_PLANES = re.compile("[IQUV]|[RL]{2}|[XY]{2}")


def _column(
    name: str, kind: Kind, ucd: str, utype: str, unit: str | None = None, xtype: str | None = None
) -> Column:
    return Column(name, kind, unit, ucd, f"obscore:{utype}", xtype)


_SPACE, _TIME = "Char.SpatialAxis", "Char.TimeAxis"
_SPECTRUM, _POLARIZATION = "Char.SpectralAxis", "Char.PolarizationAxis"
_CENTRE = f"{_SPACE}.Coverage.Location.Coord.Position2D.Value2"

COLUMNS: Final = [
    _column("dataproduct_type", "ascii", "meta.code.class", "ObsDataset.dataProductType"),
    _column("dataproduct_subtype", "ascii", "meta.code.class", "ObsDataset.dataProductSubtype"),
    _column("calib_level", "int", "meta.code;obs.calib", "ObsDataset.calibLevel"),
    _column("obs_collection", "text", "meta.id", "DataID.collection"),
    _column("obs_id", "ascii", "meta.id", "DataID.observationID"),
    _column("obs_title", "text", "meta.title;obs", "DataID.title"),
    _column("obs_publisher_did", "ascii", "meta.ref.ivoid", "Curation.publisherDID"),
    _column("access_url", "ascii", "meta.ref.url", "Access.reference"),
    _column("access_format", "ascii", "meta.code.mime", "Access.format"),
    _column("access_estsize", "long", "phys.size;meta.file", "Access.size", "kbyte"),
    _column("target_name", "text", "meta.id;src", "Target.name"),
    _column("s_ra", "double", "pos.eq.ra", f"{_CENTRE}.C1", "deg"),
    _column("s_dec", "double", "pos.eq.dec", f"{_CENTRE}.C2", "deg"),
    _column(
        "s_fov",
        "double",
        "phys.angSize;instr.fov",
        f"{_SPACE}.Coverage.Bounds.Extent.diameter",
        "deg",
    ),
    _column(
        "s_region",
        "ascii",
        "pos.outline;obs.field",
        f"{_SPACE}.Coverage.Support.Area",
        xtype="adql:REGION",
    ),
    _column(
        "s_resolution", "double", "pos.angResolution", f"{_SPACE}.Resolution.Refval.value", "arcsec"
    ),
    _column("s_xel1", "long", "meta.number", f"{_SPACE}.numBins1"),
    _column("s_xel2", "long", "meta.number", f"{_SPACE}.numBins2"),
    _column(
        "s_pixel_scale",
        "double",
        "phys.angSize;instr.pixel",
        f"{_SPACE}.Sampling.RefVal.SamplingPeriod",
        "arcsec",
    ),
    _column(
        "t_min",
        "double",
        "time.start;obs.exposure",
        f"{_TIME}.Coverage.Bounds.Limits.StartTime",
        "d",
    ),
    _column(
        "t_max", "double", "time.end;obs.exposure", f"{_TIME}.Coverage.Bounds.Limits.StopTime", "d"
    ),
    _column(
        "t_exptime", "double", "time.duration;obs.exposure", f"{_TIME}.Coverage.Support.Extent", "s"
    ),
    _column("t_resolution", "double", "time.resolution", f"{_TIME}.Resolution.Refval.value", "s"),
    _column("t_xel", "long", "meta.number", f"{_TIME}.numBins"),
    _column(
        "em_min", "double", "em.wl;stat.min", f"{_SPECTRUM}.Coverage.Bounds.Limits.LoLimit", "m"
    ),
    _column(
        "em_max", "double", "em.wl;stat.max", f"{_SPECTRUM}.Coverage.Bounds.Limits.HiLimit", "m"
    ),
    _column(
        "em_res_power", "double", "spect.resolution", f"{_SPECTRUM}.Resolution.ResolPower.refVal"
    ),
    _column("em_xel", "long", "meta.number", f"{_SPECTRUM}.numBins"),
    _column("o_ucd", "ascii", "meta.ucd", "Char.ObservableAxis.ucd"),
    _column("pol_states", "ascii", "meta.code;phys.polarization", f"{_POLARIZATION}.stateList"),
    _column("pol_xel", "long", "meta.number", f"{_POLARIZATION}.numBins"),
    _column("facility_name", "text", "meta.id;instr.tel", "Provenance.ObsConfig.Facility.name"),
    _column("instrument_name", "text", "meta.id;instr", "Provenance.ObsConfig.Instrument.name"),
]


def row(image: Image, archive: Archive) -> list[Any]:
    """The values of the columns."""
    em_min, em_max = wavelengths(image.frequency_hz, image.bandwidth_hz)
    states = states_of(image.stokes)
    media_type = media_type_of(image)
    return [
        "cube" if (image.n_planes or 1) > 1 else "image",
        image.kind,
        3 if image.kind in DERIVED_KINDS else 2,
        archive.collection_of(image.root_id),
        image.ms_id or image.id,
        image.filename,
        archive.identifier(image.id),
        archive.links(image.id) if media_type == LINKS else archive.image(image.id, "/fits"),
        media_type,
        None if image.file_size is None else math.ceil(image.file_size / 1000),
        image.field,
        image.ra_deg,
        image.dec_deg,
        None if image.radius_deg is None else image.radius_deg * 2,
        region(image),
        image.beam_major_arcsec,
        image.width_px,
        image.height_px,
        image.pixel_scale_arcsec,
        _first(image.start_mjd, image.mid_mjd, image.end_mjd),
        _first(image.end_mjd, image.mid_mjd, image.start_mjd),
        image.integration_seconds,
        None,
        None,
        em_min,
        em_max,
        resolving_power(image),
        image.n_channels,
        "phot.flux.density;em.radio" if (image.units or "").startswith("Jy") else None,
        f"/{'/'.join(states)}/" if states else None,
        len(states) or None,
        image.telescope,
        image.instrument,
    ]


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def wavelengths(
    frequency_hz: float | None, bandwidth_hz: float | None
) -> tuple[float | None, float | None]:
    """The shortest and the longest wavelength of a band, in metres."""
    if frequency_hz is None:
        return None, None
    half = (bandwidth_hz or 0.0) / 2
    longest = LIGHT / (frequency_hz - half) if frequency_hz > half else None
    return LIGHT / (frequency_hz + half), longest


def frequencies(shortest_m: float, longest_m: float) -> tuple[float, float]:
    """The lowest and the highest frequency of an interval of wavelengths, in Hz."""
    return (
        LIGHT / longest_m if longest_m > 0 else math.inf,
        LIGHT / shortest_m if shortest_m > 0 else math.inf,
    )


def resolving_power(image: Image) -> float | None:
    """Frequency over the width of a channel."""
    if image.frequency_hz is None or not image.bandwidth_hz:
        return None
    channels = 1 if image.n_channels is None else image.n_channels
    return image.frequency_hz / image.bandwidth_hz * channels


def states_of(stokes: str | None) -> list[str]:
    """The polarization states of an image's planes: of ``XXYY`` XX and YY."""
    found = _PLANES.findall(stokes or "")
    return [state for state in STATES if state in found]


def region(image: Image) -> str | None:
    """The footprint as STC-S; the circle about the centre where there is none."""
    if image.footprint:
        return "POLYGON ICRS " + " ".join(f"{value:.9f}" for value in image.footprint)
    if image.ra_deg is None or image.dec_deg is None or not image.radius_deg:
        return None
    return f"CIRCLE ICRS {image.ra_deg:.9f} {image.dec_deg:.9f} {image.radius_deg:.9f}"
