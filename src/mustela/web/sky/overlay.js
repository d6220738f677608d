/** What was measured in an image, drawn over its picture. */

import * as format from "../format.js";
import * as quantity from "./quantities.js";
import { draw } from "./svg.js";
import { reason, spoken } from "./words.js";

/** @typedef {import("./types.js").Measurement} Measurement */
/** @typedef {import("./wcs.js").Sky} Sky */

const ARCSEC = 1 / 3600;
const RADIANS = Math.PI / 180;
/** Marks smaller than this on the screen would not be seen: the radius, in its pixels. */
const LEAST_RADIUS = 6;

/**
 * The marks in the picture's pixels: a fitted ellipse is as large as its axes (full width at half
 * maximum), or larger where that could not be seen; a forced fit, at a position that was told, is a
 * diamond. What has no size is as large as the beam.
 *
 * @param {SVGSVGElement} host is emptied first
 * @param {{width: number, height: number}} picture
 * @param {Sky} sky
 * @param {Measurement[]} measurements
 * @param {number | null} beamArcsec
 * @param {number} scale pixels of the screen for one of the picture
 */
export function drawOverlay(host, picture, sky, measurements, beamArcsec, scale) {
  host.setAttribute("viewBox", `-0.5 -0.5 ${picture.width} ${picture.height}`);
  const marks = measurements.map((measurement) => mark(sky, measurement, beamArcsec, LEAST_RADIUS / scale));
  host.replaceChildren(...marks.filter((one) => one !== null));
}

/**
 * @param {Sky} sky
 * @param {Measurement} measurement
 * @param {number | null} beamArcsec
 * @param {number} least its radius in pixels of the picture
 */
function mark(sky, measurement, beamArcsec, least) {
  const at = sky.pixel({ ra: measurement.ra_deg, dec: measurement.dec_deg });
  if (!at) return null;
  const major = measurement.major_arcsec ?? beamArcsec;
  const minor = measurement.minor_arcsec ?? major;
  const along = major === null ? null : offset(sky, measurement, at, major / 2, 0);
  const across = minor === null ? null : offset(sky, measurement, at, minor / 2, 90);
  const shown = along && across ? [across.x, across.y, along.x, along.y] : [least, 0, 0, least];
  const growth = Math.max(1, least / Math.min(Math.hypot(shown[0], shown[1]), Math.hypot(shown[2], shown[3])));
  const numbers = [...shown.map((value) => value * growth), at.x, at.y].map((value) => value.toFixed(4));
  const transform = `matrix(${numbers.join(" ")})`;
  const shape = () =>
    measurement.kind === "forced"
      ? draw("polygon", { points: "0,-1.3 1.3,0 0,1.3 -1.3,0", transform })
      : draw("circle", { r: 1, transform });
  const halo = shape();
  halo.setAttribute("class", "halo");
  const classes = ["mark", measurement.kind, measurement.counts ? "counts" : "left-out"];
  const group = draw("g", { class: classes.join(" ") }, draw("title", { text: title(measurement) }), halo, shape());
  if (measurement.source_id !== null) group.dataset.source = measurement.source_id;
  return group;
}

/**
 * How far in pixels a step on the sky goes.
 *
 * @param {Sky} sky
 * @param {Measurement} from
 * @param {{x: number, y: number}} at
 * @param {number} arcsec
 * @param {number} turn degrees from the major axis
 */
function offset(sky, { ra_deg: ra, dec_deg: dec, pa_deg: angle }, at, arcsec, turn) {
  const direction = ((angle ?? 0) + turn) * RADIANS;
  const north = arcsec * ARCSEC * Math.cos(direction);
  const east = (arcsec * ARCSEC * Math.sin(direction)) / Math.max(1e-9, Math.cos(dec * RADIANS));
  const to = sky.pixel({ ra: ra + east, dec: dec + north });
  return to && { x: to.x - at.x, y: to.y - at.y };
}

/** @param {Measurement} measurement */
function title(measurement) {
  const name = measurement.name === null ? "" : `${format.visible(measurement.name)}, `;
  const peak = quantity.flux(measurement.peak_jy, measurement.peak_error_jy, "/beam");
  const why = measurement.counts ? null : reason(measurement.why_not);
  return [`${name}${spoken(measurement.kind)}`, peak && `peak ${peak}`, why && `does not count: ${why}`]
    .filter(Boolean)
    .join("\n");
}
