/** The signs of a light curve: a shape and a colour for each kind, hollow where it does not count. */

/** @typedef {import("./types.js").Measurement["kind"]} Kind */

/** Names of the style's colours. @type {Record<Kind, string>} */
export const COLOURS = { detected: "--detected", imported: "--imported", forced: "--forced" };

/**
 * @param {CanvasRenderingContext2D} context whose colours are set
 * @param {Kind} kind
 * @param {number} x @param {number} y @param {number} r pixels of the canvas
 */
function trace(context, kind, x, y, r) {
  context.beginPath();
  if (kind === "detected") context.arc(x, y, r, 0, 2 * Math.PI);
  else if (kind === "imported") {
    context.moveTo(x, y - 1.2 * r);
    context.lineTo(x + 1.1 * r, y + 0.8 * r);
    context.lineTo(x - 1.1 * r, y + 0.8 * r);
    context.closePath();
  } else {
    context.moveTo(x, y - 1.3 * r);
    context.lineTo(x + 1.3 * r, y);
    context.lineTo(x, y + 1.3 * r);
    context.lineTo(x - 1.3 * r, y);
    context.closePath();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {object} sign
 * @param {Kind} sign.kind
 * @param {boolean} sign.counts
 * @param {boolean} sign.isLimit
 * @param {number} sign.x
 * @param {number} sign.y
 * @param {number | null} sign.low  end of the error bar
 * @param {number | null} sign.high
 * @param {number} ratio pixels of the canvas for one of the screen
 * @param {(name: string) => string} colour
 */
export function drawMarker(context, sign, ratio, colour) {
  const { kind, counts, isLimit, x, y, low, high } = sign;
  const r = 4.5 * ratio;
  context.strokeStyle = colour(COLOURS[kind]);
  context.lineWidth = 1.5 * ratio;
  if (low !== null && high !== null) {
    line(context, x, low, x, high);
    for (const end of [low, high]) line(context, x - r * 0.7, end, x + r * 0.7, end);
  }
  // What is hollow hides its error bar.
  context.fillStyle = counts ? colour(COLOURS[kind]) : colour("--raised");
  if (isLimit) {
    line(context, x - 1.5 * r, y, x + 1.5 * r, y);
    line(context, x, y, x, y + 3.4 * r);
    context.beginPath();
    context.moveTo(x - r, y + 2.2 * r);
    context.lineTo(x + r, y + 2.2 * r);
    context.lineTo(x, y + 3.8 * r);
    context.closePath();
  } else trace(context, kind, x, y, r);
  context.fill();
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} toX @param {number} toY */
function line(context, x, y, toX, toY) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
