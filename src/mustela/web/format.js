/** Numbers, times and codes in human form. Null where there is nothing to say. */

const number = new Intl.NumberFormat();
const fraction = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });
const short = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param {number} value */
export const count = (value) => number.format(value);

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (value, one, many = `${one}s`) =>
  `${number.format(value)} ${value === 1 ? one : many}`;

/**
 * Hours, minutes and seconds: 0:01:05. What is shorter than a second: 0.24 s.
 *
 * @param {number | null} seconds
 */
export function duration(seconds) {
  if (seconds === null) return null;
  if (seconds > 0 && seconds < 1) return `${short.format(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/**
 * How long something will take, roughly.
 *
 * @param {number} seconds
 */
export function remaining(seconds) {
  if (seconds < 90) return `${count(Math.max(1, Math.round(seconds)))} s`;
  if (seconds < 5400) return `${count(Math.round(seconds / 60))} min`;
  return `${fraction.format(Math.round(seconds / 360) / 10)} h`;
}

const UNITS = ["byte", "kB", "MB", "GB", "TB", "PB"];

/** @param {number | null} bytes */
export function bytes(bytes) {
  if (bytes === null) return null;
  if (bytes < 1000) return counted(bytes, "byte");
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${short.format(bytes / 1000 ** power)} ${UNITS[power]}`;
}

/** @param {number | null} bits */
export function bitRate(bits) {
  if (bits === null) return null;
  return bits < 1e6 ? `${short.format(bits / 1e3)} kbit/s` : `${short.format(bits / 1e6)} Mbit/s`;
}

/**
 * Frames per second, with the exact fraction where it is none of the whole numbers.
 *
 * @param {number | null} numerator
 * @param {number | null} denominator
 */
export function frameRate(numerator, denominator) {
  if (!numerator || !denominator) return null;
  const rate = `${fraction.format(numerator / denominator)} fps`;
  return denominator === 1 ? rate : `${rate} (${numerator}/${denominator})`;
}

/**
 * @param {number | null} width
 * @param {number | null} height
 */
export const picture = (width, height) => (width && height ? `${width}×${height}` : null);

/** @param {string | null} time */
export function dateTime(time) {
  const date = time === null ? NaN : Date.parse(time);
  return Number.isNaN(date) ? null : moment.format(date);
}

/** @type {Record<string, string>} */
const CODECS = {
  aac: "AAC",
  ac3: "AC-3",
  alac: "ALAC",
  av1: "AV1",
  dnxhd: "DNxHD",
  dts: "DTS",
  dvvideo: "DV",
  eac3: "E-AC-3",
  ffv1: "FFV1",
  flac: "FLAC",
  h263: "H.263",
  h264: "H.264",
  hevc: "HEVC",
  mjpeg: "MJPEG",
  mp2: "MP2",
  mp3: "MP3",
  mpeg1video: "MPEG-1",
  mpeg2video: "MPEG-2",
  mpeg4: "MPEG-4",
  opus: "Opus",
  pcm_s16be: "PCM",
  pcm_s16le: "PCM",
  pcm_s24le: "PCM",
  prores: "ProRes",
  theora: "Theora",
  vc1: "VC-1",
  vorbis: "Vorbis",
  vp8: "VP8",
  vp9: "VP9",
};

/** @param {string | null} code */
export const codec = (code) => (code === null ? null : (CODECS[code] ?? visible(code)));

/** @type {Record<string, string>} */
const HDR = { hdr10: "HDR10", hlg: "HLG", pq: "HDR PQ", dolby_vision: "Dolby Vision" };

/** @param {string | null} kind */
export const hdr = (kind) => (kind === null ? null : (HDR[kind] ?? visible(kind)));

/** @param {number | null} channels */
export function channels(channels) {
  if (channels === null) return null;
  const name = { 1: "mono", 2: "stereo", 6: "5.1", 8: "7.1" }[channels];
  return name ?? counted(channels, "channel");
}

/** @param {string} code ISO 639 */
export function language(code) {
  try {
    return new Intl.DisplayNames(undefined, { type: "language" }).of(code) ?? code;
  } catch {
    return visible(code); // not a language code at all
  }
}

/**
 * Text with the characters that hide or reorder it made visible, so that a name reads as it is.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** @param {string} text */
export const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1);
