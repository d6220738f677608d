/** A light curve as a table. */

import { make } from "../element.js";
import { sheetAddress } from "./address.js";
import * as mjd from "./mjd.js";
import * as quantity from "./quantities.js";
import { reason, spoken } from "./words.js";

const HEADS = ["MJD", "UTC", "Kind", "Peak", "Integrated", "Local rms", "Counts", "Image"];

/** @param {import("./types.js").Measurement[]} measurements */
export const measurementTable = (measurements) =>
  make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...HEADS.map((text) => make("th", { scope: "col", text })))),
    make("tbody", {}, ...measurements.map(row)),
  );

/** @param {import("./types.js").Measurement} one */
const row = (one) =>
  make(
    "tr",
    {},
    make("td", { text: one.mid_mjd?.toFixed(5) ?? "–" }),
    make("td", { text: mjd.utc(one.mid_mjd) ?? "–" }),
    make("td", { text: spoken(one.kind) }),
    make("td", { text: quantity.flux(one.peak_jy, one.peak_error_jy, "/beam") ?? "–" }),
    make("td", { text: quantity.flux(one.integrated_jy, one.integrated_error_jy) ?? "–" }),
    make("td", { text: quantity.flux(one.local_rms_jy, null, "/beam") ?? "–" }),
    make("td", { text: one.counts ? "yes" : `no: ${reason(one.why_not) ?? "nobody says why"}` }),
    make(
      "td",
      {},
      make("a", { href: sheetAddress({ image: one.image_id }), "data-image": one.image_id, text: "Open" }),
    ),
  );
