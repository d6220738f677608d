/** The statistics of a source, a row for each band and Stokes parameter. */

import { make } from "../element.js";
import * as format from "../format.js";
import * as quantity from "./quantities.js";

/** @typedef {import("./types.js").BandStatistics} BandStatistics */

const HEADS = ["Band", "Stokes", "Epochs", "Forced", "Flux density", "Mean", "V", "η", "Best Vs", "Best m"];

/** @param {BandStatistics[]} statistics */
export const statisticsTable = (statistics) =>
  make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...HEADS.map((text) => make("th", { scope: "col", text })))),
    make("tbody", {}, ...statistics.flatMap((one) => [row(one, "peak"), row(one, "integrated")])),
  );

/** @param {BandStatistics} one @param {"peak" | "integrated"} flux */
function row(one, flux) {
  const { mean_jy: mean, v, eta, vs, m } = one[flux];
  const cells = [
    format.visible(one.band),
    format.visible(one.stokes),
    format.count(one.n_epochs),
    format.count(one.n_forced),
    flux,
    quantity.flux(mean, null, flux === "peak" ? "/beam" : ""),
    ...[v, eta, vs, m].map((value) => quantity.plain(value)),
  ];
  return make("tr", {}, ...cells.map((text) => make("td", { text: text ?? "–" })));
}
