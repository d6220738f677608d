/** A light curve: flux density against the time of observation. */

import { make } from "../element.js";
import * as format from "../format.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { COLOURS, drawMarker } from "./markers.js";
import * as mjd from "./mjd.js";
import { LIMIT_SIGMA, fluxRange, pointLines, pointsOf, timeRange } from "./points.js";
import { fluxUnit, short } from "./quantities.js";

/** @typedef {import("./types.js").Measurement} Measurement */
/** @typedef {import("./points.js").Point} Point */
/** @typedef {import("./points.js").Flux} Flux */

const HEIGHT = 340;
/** How near to a point the pointer must be, in pixels of the screen. */
const NEAR = 18;

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Sends `image` (detail: its id) when a point is chosen. */
export class LightCurve extends EventTarget {
  #plotted = make("div", {
    class: "plot",
    tabindex: 0,
    role: "group",
    "aria-label": "Light curve. Arrow keys go from point to point, Enter opens the image of one.",
  });
  #told = make("p", { class: "told", role: "status" });
  #legend = make("ul", { class: "legend", "aria-label": "Points" });
  /** @type {Point[]} */
  #points = [];
  /** @type {Flux} */
  #flux = "peak";
  /** @type {{factor: number, unit: string}} */
  #unit = { factor: 1, unit: "Jy" };
  /** @type {any} the plot, which has no types here */
  #plot = null;
  #chosen = -1;

  constructor() {
    super();
    this.element = make("div", { class: "light-curve" }, this.#plotted, this.#told, this.#legend);
    new ResizeObserver(() => this.#fit()).observe(this.#plotted);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plot?.redraw());
    this.#plotted.addEventListener("keydown", (event) => this.#onKey(event));
    this.#plotted.addEventListener("click", () => this.#open());
    this.#plotted.addEventListener("blur", () => this.#choose(-1));
  }

  /**
   * A point that was chosen stays so if it is there again.
   *
   * @param {Measurement[]} measurements
   * @param {Flux} flux
   */
  show(measurements, flux) {
    const chosen = this.#points[this.#chosen]?.measurement.id;
    this.clear();
    this.#flux = flux;
    this.#points = pointsOf(measurements, flux);
    this.#renderLegend(measurements.length);
    this.#plotted.hidden = !this.#points.length;
    if (!this.#points.length) return;
    const largest = Math.max(...fluxRange(this.#points).map(Math.abs));
    this.#unit = fluxUnit(largest);
    // The points are drawn here: the library draws axes, and moves what is shown.
    const data = [this.#points.map((one) => one.mjd), this.#points.map((one) => one.value)];
    this.#plot = new uPlot(this.#options(), data, this.#plotted);
    this.#choose(this.#points.findIndex(({ measurement }) => measurement.id === chosen));
  }

  clear() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#points = [];
    this.#choose(-1);
  }

  #options() {
    const ink = () => colour("--soft");
    const line = { stroke: () => colour("--line"), width: 1 };
    const font = "12px system-ui, sans-serif";
    const { factor, unit } = this.#unit;
    const per = this.#flux === "peak" ? "/beam" : "";
    const axis = { stroke: ink, font, labelFont: font, grid: line, ticks: line };
    return {
      width: Math.max(200, this.#plotted.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { points: { show: false }, y: false, drag: { x: true, y: false } },
      scales: {
        x: { time: false, range: () => timeRange(this.#points) },
        y: { range: () => fluxRange(this.#visible()) },
      },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: [
        { ...axis, label: "MJD (UTC)", labelSize: 20, size: 34, space: 80, values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map(String) },
        {
          ...axis,
          label: `${format.capitalized(this.#flux)} flux density (${unit}${per})`,
          labelSize: 20,
          size: 62,
          values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((value) => short(value / factor, 4)),
        },
        {
          ...axis,
          scale: "x",
          side: 0,
          size: 30,
          space: 110,
          grid: { show: false },
          values: (/** @type {any} */ _, /** @type {number[]} */ splits) =>
            splits.map((value) => mjd.tick(value, splits.length > 1 ? splits[1] - splits[0] : 1)),
        },
      ],
      hooks: {
        draw: [() => this.#draw()],
        setCursor: [() => this.#point()],
      },
    };
  }

  /** The points in the range that is shown; all where there are none. */
  #visible() {
    const { min, max } = this.#plot?.scales.x ?? {};
    const found = this.#points.filter((one) => one.mjd >= min && one.mjd <= max);
    return found.length ? found : this.#points;
  }

  #draw() {
    const plot = this.#plot;
    if (!plot) {
      queueMicrotask(() => this.#plot?.redraw(false)); // the first time comes before the plot is ours
      return;
    }
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    const y = (/** @type {number} */ value) => plot.valToPos(value, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    this.#points.forEach(({ measurement, mjd: time, value, error, isLimit }, index) => {
      const x = plot.valToPos(time, "x", true);
      const sign = { kind: measurement.kind, counts: measurement.counts, isLimit, x, y: y(value) };
      const bar = error === null ? { low: null, high: null } : { low: y(value - error), high: y(value + error) };
      drawMarker(ctx, { ...sign, ...bar }, ratio, colour);
      if (index !== this.#chosen) return;
      ctx.strokeStyle = colour("--ink");
      ctx.beginPath();
      ctx.arc(x, sign.y, 9 * ratio, 0, 2 * Math.PI);
      ctx.stroke();
    });
    ctx.restore();
  }

  /** The pointer has moved: choose what is near. */
  #point() {
    const { left, top } = this.#plot?.cursor ?? {};
    if (left === undefined) return;
    if (left < 0) {
      if (document.activeElement !== this.#plotted) this.#choose(-1);
      return;
    }
    let nearest = -1;
    let least = NEAR;
    this.#points.forEach(({ mjd: time, value }, index) => {
      const apart = Math.hypot(
        this.#plot.valToPos(time, "x") - left,
        this.#plot.valToPos(value, "y") - top,
      );
      if (apart < least) [nearest, least] = [index, apart];
    });
    this.#choose(nearest);
  }

  /** @param {number} index of a point, -1 for none */
  #choose(index) {
    if (index === this.#chosen) return;
    this.#chosen = index;
    const point = this.#points[index];
    this.#told.replaceChildren(
      ...(point ? pointLines(point, this.#flux).map((text) => make("span", { text, dir: "auto" })) : []),
    );
    this.#plotted.classList.toggle("chosen", Boolean(point));
    this.#plot?.redraw(false);
  }

  #open() {
    const point = this.#points[this.#chosen];
    if (point) this.dispatchEvent(new CustomEvent("image", { detail: point.measurement.image_id }));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#points.length) return;
    const last = this.#points.length - 1;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: this.#chosen < 0 ? last : Math.max(0, this.#chosen - 1),
      ArrowRight: Math.min(last, this.#chosen + 1),
      Home: 0,
      End: last,
    };
    if (event.key === "Enter") this.#open();
    else if (event.key in goals) this.#choose(goals[event.key]);
    else return;
    event.preventDefault();
  }

  #fit() {
    const width = this.#plotted.clientWidth;
    if (this.#plot && width && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  /** @param {number} asked how many measurements there were */
  #renderLegend(asked) {
    const limits = this.#points.filter((one) => one.isLimit);
    const rest = this.#points.filter((one) => !one.isLimit);
    const hollow = this.#points.find((one) => !one.measurement.counts);
    const kinds = /** @type {const} */ ({ detected: "detected", imported: "imported", forced: "forced fit" });
    const entries = Object.keys(COLOURS).flatMap((name) => {
      const kind = /** @type {keyof typeof kinds} */ (name);
      const number = rest.filter((one) => one.measurement.kind === kind).length;
      return number ? [entry({ kind, counts: true, isLimit: false }, `${number} ${kinds[kind]}`)] : [];
    });
    if (limits.length) {
      const text = `${format.counted(limits.length, "upper limit")} (forced, below ${LIMIT_SIGMA} σ)`;
      entries.push(entry({ kind: "forced", counts: true, isLimit: true }, text));
    }
    if (hollow) {
      const number = this.#points.filter((one) => !one.measurement.counts).length;
      const sign = { kind: hollow.measurement.kind, counts: false, isLimit: hollow.isLimit };
      entries.push(entry(sign, `hollow: does not count (${number})`));
    }
    const left = asked - this.#points.length;
    if (!asked) entries.push(make("li", { text: "Nothing was measured." }));
    if (left) entries.push(make("li", { text: `${left} without a time or a ${this.#flux} flux density` }));
    this.#legend.replaceChildren(...entries);
  }
}

/**
 * @param {{kind: Measurement["kind"], counts: boolean, isLimit: boolean}} sign
 * @param {string} text
 */
function entry(sign, text) {
  const canvas = make("canvas", { class: "sign", width: 40, height: 40, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (context) {
    const [y, size] = sign.isLimit ? [7, 1.5] : [20, 2];
    drawMarker(context, { ...sign, x: 20, y, low: null, high: null }, size, colour);
  }
  return make("li", {}, canvas, text);
}
