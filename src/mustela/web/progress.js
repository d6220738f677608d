/** How far a job is: a bar and a line of words. */

import { make } from "./element.js";
import * as format from "./format.js";

/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Root} Root */

/** @type {Record<string, string>} */
const WORDS = {
  "video.scan": "Scanning",
  "video.scan.part": "Helping to scan",
  "video.thumbnails": "Making pictures",
  "radio.scan": "Scanning for images of the sky in",
  "radio.scan.part": "Helping to scan",
  "radio.find": "Finding sources",
  "radio.associate": "Associating sources",
  "radio.force": "Measuring known sources",
  "radio.grade": "Grading",
};

/**
 * What a job does, and where.
 *
 * @param {Job} job
 * @param {Root[] | null} roots
 */
export function titleOf(job, roots) {
  const what = WORDS[job.type] ?? job.type;
  const { path, root_id } = job.parameters ?? {};
  const where = path ?? roots?.find((root) => root.id === root_id)?.path;
  return typeof where === "string" ? `${what} ${format.visible(where)}` : what;
}

/** @param {Job} job */
export function wordsOf({ status, progress }) {
  if (status === "pending") return "Waiting for its turn";
  const { done, total, rate, eta_seconds: eta, message } = progress ?? {};
  return [
    done !== null && done !== undefined
      ? total
        ? `${format.count(done)} of ${format.count(total)}`
        : format.count(done)
      : "",
    rate ? `${format.count(Math.round(rate))} a second` : "",
    eta !== null && eta !== undefined && total ? `${format.remaining(eta)} left` : "",
    message ? format.visible(message) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * The rows of the jobs that are under way; a row stays the same element as its job goes on.
 *
 * @param {HTMLElement} host
 * @param {Job[]} jobs
 * @param {Root[] | null} roots
 */
export function showProgress(host, jobs, roots) {
  const rows = new Map();
  for (const row of host.children) {
    if (row instanceof HTMLElement) rows.set(row.dataset.job, row);
  }
  host.replaceChildren(...jobs.map((job) => fill(rows.get(job.id) ?? makeRow(job), job, titleOf(job, roots))));
}

/** @param {Job} job */
function makeRow(job) {
  return make(
    "li",
    { "data-job": job.id },
    make("span", { class: "what", dir: "auto" }),
    make("progress"),
    make("span", { class: "how-far" }),
  );
}

/**
 * @param {HTMLElement} row
 * @param {Job} job
 * @param {string} title
 */
function fill(row, job, title) {
  const what = row.querySelector(".what");
  if (what && what.textContent !== title) what.textContent = title;
  const bar = row.querySelector("progress");
  const words = row.querySelector(".how-far");
  const { done, total } = job.progress ?? {};
  bar?.setAttribute("aria-label", title);
  if (bar && total && done !== null && done !== undefined) {
    bar.max = total;
    bar.value = done;
  } else bar?.removeAttribute("value"); // nobody knows how far
  if (words) words.textContent = wordsOf(job);
  return row;
}
