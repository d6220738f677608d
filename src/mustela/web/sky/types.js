/**
 * What the API says of the radio sky, as far as the page reads it. Positions are degrees (ICRS),
 * beams, sizes and errors of positions arcseconds, flux densities Jy, times MJD (UTC).
 *
 * @typedef {"good" | "warn" | "fail"} GradeName
 *
 * @typedef {object} SkyImage
 * @property {string} id
 * @property {string} path
 * @property {string} filename
 * @property {string | null} telescope
 * @property {string | null} instrument
 * @property {string | null} observer
 * @property {string | null} field
 * @property {number | null} ra_deg
 * @property {number | null} dec_deg
 * @property {string | null} projection
 * @property {number | null} width_px
 * @property {number | null} height_px
 * @property {number | null} n_planes
 * @property {number | null} pixel_scale_arcsec
 * @property {number | null} frequency_hz
 * @property {number | null} bandwidth_hz
 * @property {number | null} n_channels
 * @property {string | null} stokes
 * @property {number | null} beam_major_arcsec
 * @property {number | null} beam_minor_arcsec
 * @property {number | null} beam_pa_deg
 * @property {string | null} units
 * @property {number | null} start_mjd
 * @property {number | null} mid_mjd
 * @property {number | null} end_mjd
 * @property {number | null} integration_seconds
 * @property {string | null} kind
 * @property {boolean | null} pbcor
 * @property {number | null} noise_jy
 * @property {number | null} theoretical_noise_jy
 * @property {number | null} peak_jy
 * @property {number | null} dynamic_range
 * @property {number | null} blank_fraction
 * @property {string[]} flags
 * @property {string | null} ms_id
 * @property {string | null} calibration_id
 * @property {string | null} parent_id
 * @property {string | null} version_of
 * @property {number | null} version
 * @property {number | null} n_sources
 * @property {boolean} is_current
 * @property {boolean} counts
 * @property {string | null} why_not
 * @property {GradeName | null} grade
 * @property {GradeName | null} grade_computed
 * @property {string[]} grade_reasons
 * @property {GradeName | null} grade_given
 * @property {string | null} retired_at
 * @property {string | null} retired_reason
 * @property {number | null} file_size
 * @property {string | null} modified_at
 * @property {string | null} missing_since
 * @property {string[]} tags
 * @property {number | null} rating
 * @property {string | null} note
 * @property {string | null} job_id
 * @property {string | null} created_at
 *
 * @typedef {object} SkySource
 * @property {string} id
 * @property {string} name
 * @property {number} ra_deg
 * @property {number} dec_deg
 * @property {number | null} ra_error_arcsec
 * @property {number | null} dec_error_arcsec
 * @property {number} n_detections
 * @property {number} n_measurements
 * @property {number | null} first_mjd
 * @property {number | null} last_mjd
 * @property {string | null} band
 * @property {string | null} stokes
 * @property {number | null} n_epochs
 * @property {number | null} n_forced
 * @property {number | null} peak_mean_jy
 * @property {number | null} peak_minimum_jy
 * @property {number | null} peak_maximum_jy
 * @property {number | null} peak_v
 * @property {number | null} peak_eta
 * @property {number | null} peak_vs
 * @property {number | null} peak_m
 * @property {number | null} integrated_mean_jy
 * @property {number | null} integrated_minimum_jy
 * @property {number | null} integrated_maximum_jy
 * @property {number | null} integrated_v
 * @property {number | null} integrated_eta
 * @property {number | null} integrated_vs
 * @property {number | null} integrated_m
 * @property {boolean} stale
 * @property {GradeName | null} grade
 * @property {GradeName | null} grade_computed
 * @property {string[]} grade_reasons
 * @property {GradeName | null} grade_given
 * @property {string[]} tags
 * @property {number | null} rating
 * @property {string | null} note
 * @property {string | null} job_id
 * @property {string | null} created_at
 *
 * @typedef {object} Measurement
 * @property {string} id
 * @property {string | null} source_id
 * @property {string} image_id
 * @property {"detected" | "imported" | "forced"} kind
 * @property {string | null} name
 * @property {number} ra_deg
 * @property {number} dec_deg
 * @property {number | null} peak_jy
 * @property {number | null} peak_error_jy
 * @property {number | null} integrated_jy
 * @property {number | null} integrated_error_jy
 * @property {number | null} local_rms_jy
 * @property {number | null} major_arcsec
 * @property {number | null} minor_arcsec
 * @property {number | null} pa_deg
 * @property {string} band
 * @property {string} stokes
 * @property {number | null} mid_mjd
 * @property {boolean} counts
 * @property {string | null} why_not
 *
 * @typedef {object} FluxStatistics
 * @property {number} n
 * @property {number | null} mean_jy
 * @property {number | null} v
 * @property {number | null} eta
 * @property {number | null} vs
 * @property {number | null} m
 *
 * The statistics of a source's epochs in one band and Stokes parameter.
 * @typedef {object} BandStatistics
 * @property {string} band
 * @property {string} stokes
 * @property {number} n_epochs
 * @property {number} n_forced
 * @property {FluxStatistics} peak
 * @property {FluxStatistics} integrated
 *
 * @typedef {object} CutoutLinks
 * @property {string} image_id
 * @property {number | null} mid_mjd
 * @property {GradeName | null} grade
 * @property {string} fits
 * @property {string} png
 *
 * @typedef {Record<string, string | number>} Cards  of a FITS header: the celestial axes
 *
 * The picture that the server drew, and the coordinates of its pixels.
 * @typedef {object} Frame
 * @property {number} width
 * @property {number} height
 * @property {Cards | null} wcs
 */

export {};
