/** The API's addresses for what is asked for on the page. */

import { url } from "../api.js";
import { readPosition } from "./angles.js";
import * as mjd from "./mjd.js";

/** @typedef {import("../address.js").Query} Query */

const DEFAULT_RADIUS_ARCMIN = 5;

/**
 * @param {string} id
 * @param {string} [part] as in "png"
 * @param {Record<string, string | number | null | undefined>} [parameters]
 */
export const imageUrl = (id, part = "", parameters = {}) =>
  url(`images/${encodeURIComponent(id)}${part && `/${part}`}`, parameters);

/**
 * @param {string} id
 * @param {string} [part] as in "lightcurve"
 * @param {Record<string, string | number | null | undefined>} [parameters]
 */
export const sourceUrl = (id, part = "", parameters = {}) =>
  url(`sources/${encodeURIComponent(id)}${part && `/${part}`}`, parameters);

/** @param {Query} query @param {number} limit */
export function imagesUrl(query, limit) {
  const { q, sort, kind, grade, field, tag, from, to } = query;
  const until = to ? mjd.ofDay(to) : null;
  return url("images", {
    q,
    sort,
    kind,
    grade,
    field,
    tag,
    observed_after: from ? mjd.ofDay(from) : null,
    observed_before: until === null ? null : until + 1,
    ...place(query, "covers"),
    limit,
  });
}

/** @param {Query} query @param {number} limit */
export function sourcesUrl(query, limit) {
  const { name, sort, band, grade, min_flux, min_v, min_eta, min_epochs } = query;
  return url("sources", {
    name,
    sort: sort ?? "-n_epochs",
    band,
    grade,
    min_peak_mean_jy: min_flux ? Number(min_flux) / 1000 : null, // the form has mJy
    min_peak_v: min_v,
    min_peak_eta: min_eta,
    min_n_epochs: min_epochs,
    ...place(query, "near"),
    limit,
  });
}

/**
 * A cone where there is a radius (arcminutes); else what covers the position, or what is near it.
 *
 * @param {Query} query
 * @param {"covers" | "near"} otherwise
 */
function place({ position, radius }, otherwise) {
  const at = position ? readPosition(position) : null;
  if (!at) return {};
  if (!radius && otherwise === "covers") return { covers: `${at.ra},${at.dec}` };
  return { near: `${at.ra},${at.dec},${Number(radius || DEFAULT_RADIUS_ARCMIN) / 60}` };
}
