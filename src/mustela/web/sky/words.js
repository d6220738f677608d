/** The API's words for people. */

import { make } from "../element.js";
import * as format from "../format.js";

/** @type {Record<string, string>} */
const REASONS = {
  kind: "the image is of a kind that does not count",
  retired: "the image was removed on purpose",
  grade: "the image is graded fail",
  superseded: "a later version of the image counts",
  in_mosaic: "its data count through a mosaic",
  not_associated: "it belongs to no source",
  no_time: "the time of observation is not known",
  no_flux: "there is no flux density",
  no_error: "there is no error",
  flux_not_finite: "the flux density is no number",
  error_not_finite: "the error is no number",
  error_not_positive: "the error is not above zero",
  duplicate: "another measurement of this image counts",
};

/**
 * Why a measurement or an image does not count.
 *
 * @param {string | null} why
 */
export const reason = (why) => (why === null ? null : (REASONS[why] ?? spoken(why)));

/**
 * A stable word as people would say it.
 *
 * @param {string} word
 */
export const spoken = (word) => format.visible(word).replaceAll("_", " ");

/** @type {Record<string, string>} */
export const GRADES = { good: "Good", warn: "Warning", fail: "Fail" };

/** @param {string | null} grade */
export const gradeWord = (grade) => (grade === null ? "Not graded" : (GRADES[grade] ?? spoken(grade)));

/**
 * A grade: a colour and a word.
 *
 * @param {string | null} grade
 */
export const gradeBadge = (grade) =>
  make("span", {
    class: `grade ${grade !== null && grade in GRADES ? grade : "none"}`,
    text: gradeWord(grade),
  });

/** What it means that a source is stale. */
const STALE = "An image that it was measured in has changed since; position, figures and grade are still those of before and follow in a moment";

/** A stale source, in words. @param {{stale: boolean}} source */
export const staleness = ({ stale }) => (stale ? `Stale. ${STALE}.` : null);

/** The mark of a stale source. */
export const staleBadge = () => make("span", { class: "stale", title: STALE, text: "Stale" });
