/** Positions on the sky: sexagesimal and degrees, written and read. */

/** @typedef {{ra: number, dec: number}} Position degrees, ICRS */

const two = (/** @type {number} */ value) => String(value).padStart(2, "0");

/**
 * Whole units, minutes and seconds; 59.96 s at one decimal is a minute, not 60.0 s.
 *
 * @param {number} value hours or degrees, not negative
 * @param {number} decimals of the seconds
 */
function parts(value, decimals) {
  const steps = 10 ** decimals;
  const total = Math.round(value * 3600 * steps);
  const seconds = (total % (60 * steps)) / steps;
  const minutes = Math.floor(total / (60 * steps));
  const text = seconds.toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  return { whole: Math.floor(minutes / 60), minutes: minutes % 60, seconds: text };
}

/**
 * A right ascension as hours, minutes and seconds.
 *
 * @param {number} degrees
 * @param {number} [decimals]
 */
export function rightAscension(degrees, decimals = 2) {
  const { whole, minutes, seconds } = parts((((degrees % 360) + 360) % 360) / 15, decimals);
  return `${two(whole % 24)}:${two(minutes)}:${seconds}`;
}

/**
 * A declination as degrees, minutes and seconds, with its sign.
 *
 * @param {number} degrees
 * @param {number} [decimals]
 */
export function declination(degrees, decimals = 1) {
  const { whole, minutes, seconds } = parts(Math.abs(degrees), decimals);
  return `${degrees < 0 ? "−" : "+"}${two(whole)}:${two(minutes)}:${seconds}`;
}

/** @param {Position} position */
export const sexagesimal = ({ ra, dec }) => `${rightAscension(ra)} ${declination(dec)}`;

/** @param {Position} position */
export const inDegrees = ({ ra, dec }) =>
  `${ra.toFixed(5)}°, ${dec < 0 ? "−" : "+"}${Math.abs(dec).toFixed(5)}°`;

/**
 * A position as people write it: `12:34:56.7 -30:12:13`, `12h34m56.7s -30d12m13s`,
 * `188.736, -30.2036` (degrees). Null where it is none.
 *
 * @param {string} text
 * @returns {Position | null}
 */
export function readPosition(text) {
  const plain = text.trim().replace(/[−–]/g, "-");
  const numbers = plain.split(/[^0-9.+-]+|(?<=[0-9.])(?=[+-])/).filter((part) => part !== "");
  if (!numbers.every((part) => /^[+-]?(\d+\.?\d*|\.\d+)$/.test(part))) return null;
  if (/[^\s0-9.,;:+\-hmsdrad°'"′″]/i.test(plain)) return null;
  if (numbers.length !== 2 && numbers.length !== 6) return null;
  const half = numbers.length / 2;
  const [ra, dec] = [numbers.slice(0, half), numbers.slice(half)].map(joined);
  if (ra === null || dec === null) return null;
  // Two numbers are degrees, unless hours are written out.
  const position = { ra: half === 3 || /h/i.test(plain) ? ra * 15 : ra, dec };
  return position.ra >= 0 && position.ra < 360 && Math.abs(dec) <= 90 ? position : null;
}

/**
 * @param {string[]} numbers units, minutes, seconds
 * @returns {number | null}
 */
function joined(numbers) {
  const [whole, minutes = 0, seconds = 0] = numbers.map(Number);
  if (minutes < 0 || seconds < 0 || minutes >= 60 || seconds >= 60) return null;
  const value = Math.abs(whole) + minutes / 60 + seconds / 3600;
  return numbers[0].startsWith("-") ? -value : value;
}

/**
 * The distance between two positions on the sky, in degrees.
 *
 * @param {Position} one
 * @param {Position} other
 */
export function separation(one, other) {
  const radians = Math.PI / 180;
  const halfDec = ((other.dec - one.dec) * radians) / 2;
  const halfRa = ((other.ra - one.ra) * radians) / 2;
  const chord =
    Math.sin(halfDec) ** 2 +
    Math.cos(one.dec * radians) * Math.cos(other.dec * radians) * Math.sin(halfRa) ** 2;
  return (2 * Math.asin(Math.min(1, Math.sqrt(chord)))) / radians;
}
