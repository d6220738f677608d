/** What a scan found, in words. */

import * as format from "./format.js";

/** @type {[field: string, word: string][]} in the order in which people ask */
const COUNTS = [
  ["catalogued", "catalogued"],
  ["unchanged", "unchanged"],
  ["moved", "moved"],
  ["missing", "missing"],
  ["returned", "found again"],
  ["failed", "not readable"],
  ["waiting", "still growing"],
  ["unsupported", "of a kind not read"],
  ["excluded", "left out"],
  ["not_media", "no media"],
];
/** Those that are told even when they are zero. */
const ALWAYS = new Set(["catalogued", "unchanged"]);

/** @param {Record<string, any> | null | undefined} result */
export function summary(result) {
  if (!result || typeof result !== "object") return "";
  return COUNTS.filter(([field]) => result[field] || (ALWAYS.has(field) && field in result))
    .map(([field, word]) => `${format.count(result[field])} ${word}`)
    .join(", ");
}
