/** Physical quantities in the units that people read. Null where there is nothing to say. */

/** @type {[factor: number, unit: string][]} */
const FLUXES = [
  [1, "Jy"],
  [1e-3, "mJy"],
  [1e-6, "µJy"],
  [1e-9, "nJy"],
];

/**
 * The unit in which a flux density so large is best read.
 *
 * @param {number} jy
 */
export function fluxUnit(jy) {
  const size = Math.abs(jy);
  const [factor, unit] = FLUXES.find(([one]) => size >= one) ?? FLUXES[size ? 3 : 0];
  return { factor, unit };
}

const significant = [3, 4].map((digits) => new Intl.NumberFormat(undefined, { maximumSignificantDigits: digits }));

/**
 * @param {number} value
 * @param {3 | 4} [digits]
 */
export const short = (value, digits = 3) => significant[digits - 3].format(value);

/**
 * A flux density, with its error where there is one.
 *
 * @param {number | null} jy
 * @param {number | null} [error] Jy
 * @param {string} [per] as in "/beam"
 */
export function flux(jy, error = null, per = "") {
  if (jy === null) return null;
  const { factor, unit } = fluxUnit(Math.max(Math.abs(jy), error ?? 0));
  const value = jy / factor;
  if (error === null) return `${short(value, 4)} ${unit}${per}`;
  const spread = error / factor;
  // As many decimals as two digits of the error have.
  const decimals = spread > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(spread)))) : 3;
  return `${value.toFixed(decimals).replace("-", "−")} ± ${spread.toFixed(decimals)} ${unit}${per}`;
}

/**
 * A brightness in the image's own unit, which is Jy per beam as a rule.
 *
 * @param {number | null} jy
 * @param {string | null} units
 */
export const brightness = (jy, units) =>
  flux(jy, null, units === null || /beam/i.test(units) ? "/beam" : "");

/** @param {number | null} hz */
export function frequency(hz) {
  if (hz === null) return null;
  if (hz >= 1e9) return `${short(hz / 1e9, 4)} GHz`;
  return hz >= 1e6 ? `${short(hz / 1e6, 4)} MHz` : `${short(hz / 1e3, 4)} kHz`;
}

/**
 * An angle in the unit in which it is best read.
 *
 * @param {number | null} arcsec
 */
export function angle(arcsec) {
  if (arcsec === null) return null;
  const size = Math.abs(arcsec);
  if (size >= 3600) return `${short(arcsec / 3600)}°`;
  return size >= 180 ? `${short(arcsec / 60)}′` : `${short(arcsec)}″`;
}

/**
 * @param {number | null} value
 * @param {3 | 4} [digits]
 */
export const plain = (value, digits = 3) => (value === null ? null : short(value, digits));

/** @param {number | null} fraction */
export const percent = (fraction) => (fraction === null ? null : `${short(fraction * 100)} %`);
