/** Modified Julian Dates (UTC) and the dates that people read. */

const UNIX_EPOCH_MJD = 40587;
const DAY_MS = 86_400_000;

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "UTC",
});
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", timeZone: "UTC" });
const month = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  timeZone: "UTC",
});

/** @param {number} mjd */
const dateOf = (mjd) => new Date(Math.round((mjd - UNIX_EPOCH_MJD) * DAY_MS));

/**
 * The date and time in UTC.
 *
 * @param {number | null} mjd
 */
export function utc(mjd) {
  if (mjd === null) return null;
  const date = dateOf(mjd);
  return Number.isNaN(date.getTime()) ? null : `${minute.format(date)} UTC`;
}

/**
 * The day in UTC.
 *
 * @param {number | null} mjd
 */
export function utcDay(mjd) {
  if (mjd === null) return null;
  const date = dateOf(mjd);
  return Number.isNaN(date.getTime()) ? null : day.format(date);
}

/**
 * A label of an axis: as much of the date as tells labels so far apart from each other.
 *
 * @param {number} mjd
 * @param {number} step days between labels
 */
export function tick(mjd, step) {
  const date = dateOf(mjd);
  if (Number.isNaN(date.getTime())) return "";
  if (step < 1) return clock.format(date);
  return step < 300 ? day.format(date) : month.format(date);
}

/**
 * MJD with the time of observation as it is used in the field.
 *
 * @param {number | null} value
 */
export const mjd = (value) => (value === null ? null : `MJD ${value.toFixed(5)}`);

/**
 * The MJD at which a day begins.
 *
 * @param {string} date as `2024-05-17`
 * @returns {number | null}
 */
export function ofDay(date) {
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) ? null : time / DAY_MS + UNIX_EPOCH_MJD;
}
