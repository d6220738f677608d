/** Everything that is known of an image, with its units. What nobody knows is left out. */

import * as format from "../format.js";
import { inDegrees, sexagesimal } from "./angles.js";
import * as mjd from "./mjd.js";
import * as quantity from "./quantities.js";
import { gradeWord, reason, spoken } from "./words.js";

/** @typedef {import("./types.js").SkyImage} SkyImage */
/** @typedef {import("../facts_list.js").Fact} Fact */

/**
 * @param {SkyImage} image
 * @returns {import("../facts_list.js").FactGroup[]}
 */
export function imageFacts(image) {
  return [
    ["Quality", quality(image)],
    ["Sky", sky(image)],
    ["Observation", observation(image)],
    ["File", file(image)],
  ];
}

/**
 * What holds of a record with a grade, and why.
 *
 * @param {import("./types.js").SkyImage | import("./types.js").SkySource} item
 * @returns {Fact[]}
 */
export function gradeFacts(item) {
  const given = item.grade_given !== null;
  return [
    ["Grade", `${gradeWord(item.grade)}${given ? ", given by a person" : ""}`],
    ["Computed", given ? gradeWord(item.grade_computed) : null],
    ["Reasons", item.grade_reasons.map(spoken).join("; ")],
  ];
}

/** @param {SkyImage} image @returns {Fact[]} */
const quality = (image) => [
  ...gradeFacts(image),
  ["Noise (robust rms)", quantity.brightness(image.noise_jy, image.units)],
  ["Noise in theory", quantity.brightness(image.theoretical_noise_jy, image.units)],
  ["Peak", quantity.brightness(image.peak_jy, image.units)],
  ["Dynamic range", quantity.plain(image.dynamic_range)],
  ["Blank", quantity.percent(image.blank_fraction)],
  ["Sources", image.n_sources === null ? null : format.count(image.n_sources)],
  ["Flags", image.flags.map(spoken).join("; ")],
  ["Counts as an epoch", image.counts ? "yes" : ["no", reason(image.why_not)].filter(Boolean).join(": ")],
];

/** @param {SkyImage} image @returns {Fact[]} */
function sky(image) {
  const { ra_deg: ra, dec_deg: dec } = image;
  const centre = ra === null || dec === null ? null : { ra, dec };
  return [
    ["Field", image.field],
    ["Centre (ICRS)", centre && sexagesimal(centre)],
    ["", centre && inDegrees(centre)],
    ["Size", format.picture(image.width_px, image.height_px)],
    ["Planes", image.n_planes !== null && image.n_planes > 1 ? format.count(image.n_planes) : null],
    ["Pixel", quantity.angle(image.pixel_scale_arcsec)],
    ["Projection", image.projection],
    ["Beam", beam(image)],
    ["Unit", image.units],
  ];
}

/** @param {SkyImage} image */
function beam({ beam_major_arcsec: major, beam_minor_arcsec: minor, beam_pa_deg: angle }) {
  if (major === null) return null;
  const axes = [quantity.angle(major), quantity.angle(minor)].filter(Boolean).join(" × ");
  return angle === null ? axes : `${axes}, position angle ${quantity.short(angle)}°`;
}

/** @param {SkyImage} image @returns {Fact[]} */
const observation = (image) => [
  ["Telescope", [image.telescope, image.instrument].filter(Boolean).join(", ")],
  ["Observer", image.observer],
  ["Middle", mjd.utc(image.mid_mjd)],
  ["", mjd.mjd(image.mid_mjd)],
  ["Start", mjd.utc(image.start_mjd)],
  ["End", mjd.utc(image.end_mjd)],
  ["Integration", format.duration(image.integration_seconds)],
  ["Frequency", quantity.frequency(image.frequency_hz)],
  ["Bandwidth", quantity.frequency(image.bandwidth_hz)],
  ["Channels", image.n_channels === null ? null : format.count(image.n_channels)],
  ["Stokes", image.stokes],
  ["Kind", image.kind && spoken(image.kind)],
  ["Primary beam", image.pbcor === null ? null : image.pbcor ? "corrected" : "not corrected"],
];

/** @param {SkyImage} image @returns {Fact[]} */
const file = (image) => [
  ["Path", image.path],
  ["File size", format.bytes(image.file_size)],
  ["File changed", format.dateTime(image.modified_at)],
  ["Missing since", format.dateTime(image.missing_since)],
  ["Retired", image.retired_at && [format.dateTime(image.retired_at), image.retired_reason].join(": ")],
  ["Product", image.version_of],
  ["Version", versionOf(image)],
  ["Measurement Set", image.ms_id],
  ["Calibration", image.calibration_id],
  ["Catalogued", format.dateTime(image.created_at)],
  ["Made by job", image.job_id],
  ["Id", image.id],
];

/** @param {SkyImage} image */
const versionOf = ({ version, version_of: product, is_current: current }) =>
  version === null && product === null
    ? null
    : [version === null ? null : String(version), current ? "the current one" : "not the current one"]
        .filter(Boolean)
        .join(", ");
