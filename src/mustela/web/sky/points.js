/** What a light curve shows: measurements as points, with their errors, in one flux density. */

import * as format from "../format.js";
import * as mjd from "./mjd.js";
import * as quantity from "./quantities.js";
import { reason, spoken } from "./words.js";

/** @typedef {import("./types.js").Measurement} Measurement */
/** @typedef {"peak" | "integrated"} Flux */

/** A forced fit below so many times its error is an upper limit of so many times its error. */
export const LIMIT_SIGMA = 3;

/**
 * Flux densities are Jy. Of an upper limit, `value` is the limit.
 *
 * @typedef {object} Point
 * @property {Measurement} measurement
 * @property {number} mjd
 * @property {number} value
 * @property {number | null} error
 * @property {boolean} isLimit
 */

/**
 * The points by time; what has no time or no flux density is left out.
 *
 * @param {Measurement[]} measurements
 * @param {Flux} flux
 * @returns {Point[]}
 */
export function pointsOf(measurements, flux) {
  /** @type {Point[]} */
  const points = [];
  for (const measurement of measurements) {
    const value = measurement[`${flux}_jy`];
    const error = measurement[`${flux}_error_jy`];
    if (measurement.mid_mjd === null || value === null) continue;
    const isLimit =
      measurement.kind === "forced" && error !== null && error > 0 && value < LIMIT_SIGMA * error;
    points.push({
      measurement,
      mjd: measurement.mid_mjd,
      value: isLimit && error !== null ? LIMIT_SIGMA * error : value,
      error: isLimit ? null : error,
      isLimit,
    });
  }
  return points.sort((one, other) => one.mjd - other.mjd);
}

/**
 * A range that holds the points with their errors, with some air around.
 *
 * @param {Point[]} points
 * @returns {[number, number]} Jy
 */
export function fluxRange(points) {
  const ends = points.flatMap(({ value, error, isLimit }) =>
    isLimit ? [value, 0] : [value - (error ?? 0), value + (error ?? 0)],
  );
  const [low, high] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - air, high + air];
}

/**
 * @param {Point[]} points
 * @returns {[number, number]} MJD
 */
export function timeRange(points) {
  if (!points.length) return [0, 1];
  const [low, high] = [points[0].mjd, points[points.length - 1].mjd];
  const air = high > low ? (high - low) * 0.05 : 0.5;
  return [low - air, high + air];
}

/**
 * A point in words, line by line.
 *
 * @param {Point} point
 * @param {Flux} flux
 */
export function pointLines({ measurement, value, isLimit }, flux) {
  const { mid_mjd: time, kind, counts, why_not: why, name } = measurement;
  const per = flux === "peak" ? "/beam" : "";
  const measured = quantity.flux(measurement[`${flux}_jy`], measurement[`${flux}_error_jy`], per);
  return [
    `${format.capitalized(spoken(kind))}${name === null ? "" : `: ${format.visible(name)}`}`,
    isLimit ? `Upper limit ${quantity.flux(value, null, per)} (${LIMIT_SIGMA} σ)` : null,
    isLimit ? `Fitted: ${measured}` : measured,
    `${mjd.mjd(time)} · ${mjd.utc(time)}`,
    counts ? null : `Does not count: ${reason(why) ?? "nobody says why"}`,
  ].filter((line) => line !== null);
}
