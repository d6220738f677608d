/** Everything that is known of a source, with its units. What nobody knows is left out. */

import * as format from "../format.js";
import { inDegrees, sexagesimal } from "./angles.js";
import { gradeFacts } from "./image_facts.js";
import * as mjd from "./mjd.js";
import * as quantity from "./quantities.js";
import { staleness } from "./words.js";

/** @typedef {import("./types.js").SkySource} SkySource */
/** @typedef {import("../facts_list.js").Fact} Fact */

/**
 * @param {SkySource} source
 * @returns {import("../facts_list.js").FactGroup[]}
 */
export function sourceFacts(source) {
  const place = { ra: source.ra_deg, dec: source.dec_deg };
  const errors = [source.ra_error_arcsec, source.dec_error_arcsec].map(quantity.angle);
  const of = [source.band, source.stokes].filter(Boolean).join(", Stokes ");
  return [
    [
      "Source",
      [
        ["Figures", staleness(source)],
        ["Position (ICRS)", sexagesimal(place)],
        ["", inDegrees(place)],
        ["Error", errors.every((one) => one !== null) ? `${errors[0]} in RA, ${errors[1]} in Dec` : null],
        ["Detections", format.count(source.n_detections)],
        ["Measurements", format.count(source.n_measurements)],
        ["First detected", mjd.utc(source.first_mjd)],
        ["Last detected", mjd.utc(source.last_mjd)],
        ...gradeFacts(source),
      ],
    ],
    [
      `Epochs${of ? ` (${of})` : ""}`,
      [
        ["Epochs", source.n_epochs === null ? null : format.count(source.n_epochs)],
        ["Forced fits among them", source.n_forced === null ? null : format.count(source.n_forced)],
      ],
    ],
    ["Peak flux density", fluxFacts(source, "peak", "/beam")],
    ["Integrated flux density", fluxFacts(source, "integrated", "")],
    [
      "Catalog",
      [
        ["Catalogued", format.dateTime(source.created_at)],
        ["Made by job", source.job_id],
        ["Id", source.id],
      ],
    ],
  ];
}

/**
 * @param {SkySource} source
 * @param {"peak" | "integrated"} flux
 * @param {string} per
 * @returns {Fact[]}
 */
const fluxFacts = (source, flux, per) => [
  ["Mean", quantity.flux(source[`${flux}_mean_jy`], null, per)],
  ["Least", quantity.flux(source[`${flux}_minimum_jy`], null, per)],
  ["Largest", quantity.flux(source[`${flux}_maximum_jy`], null, per)],
  ["V", quantity.plain(source[`${flux}_v`])],
  ["η", quantity.plain(source[`${flux}_eta`])],
  ["Best pair: Vs", quantity.plain(source[`${flux}_vs`])],
  ["Best pair: m", quantity.plain(source[`${flux}_m`])],
];
