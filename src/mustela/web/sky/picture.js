/** The picture of an image: how it is drawn, what was measured in it, and where the pointer is. */

import { request } from "../api.js";
import { make } from "../element.js";
import * as format from "../format.js";
import { inDegrees, sexagesimal } from "./angles.js";
import { drawOverlay } from "./overlay.js";
import { draw } from "./svg.js";
import { imageUrl } from "./urls.js";
import { Viewport } from "./viewport.js";
import { Sky } from "./wcs.js";

/** @typedef {import("./types.js").SkyImage} SkyImage */
/** @typedef {import("./types.js").Measurement} Measurement */
/** @typedef {import("./angles.js").Position} Position */

const STRETCHES = [["zscale", "zscale"], ["asinh", "asinh"], ["linear", "linear"]];
const COLOURS = [["cubehelix", "cubehelix"], ["grey", "grey"], ["grey_inverted", "grey, inverted"], ["heat", "heat"]];
/** Of the longer side, in pixels: what is drawn first, and what when somebody looks closely. */
const SIZE = 1024;
const LARGE = 4096;
const MOST_MARKS = 2000;

/** Sends `source` (detail: its id) when a mark is chosen, and `move` when another part is shown. */
export class Picture extends EventTarget {
  #image = make("img", { alt: "", draggable: "false", decoding: "async" });
  #marks = draw("svg", { class: "marks", "aria-hidden": "true" });
  #viewport = new Viewport(make("div", { class: "stage" }, this.#image, this.#marks));
  #stretch = choice("Stretch", STRETCHES);
  #colours = choice("Colours", COLOURS);
  #shown = make("input", { type: "checkbox", checked: true });
  #readout = make("output", { class: "readout" });
  #note = make("p", { class: "hint", role: "status" });
  #problem = make("p", { class: "error", role: "alert" });
  /** @type {SkyImage | null} */
  #of = null;
  /** @type {Sky | null} */
  #sky = null;
  /** @type {import("./types.js").Frame | null} */
  #frame = null;
  /** @type {Measurement[]} */
  #measurements = [];
  #size = SIZE;
  #turn = 0;
  /** The scale for which the marks are drawn. */
  #markedAt = 0;
  #frameAsked = 0;

  constructor() {
    super();
    /** @type {[string, string, () => void][]} */
    const acts = [
      ["+", "Enlarge", () => this.#viewport.zoom(1.5)],
      ["−", "Reduce", () => this.#viewport.zoom(1 / 1.5)],
      ["Whole", "Show the whole picture", () => this.#viewport.reset()],
    ];
    this.element = make(
      "div",
      { class: "picture" },
      make(
        "div",
        { class: "tools" },
        this.#stretch.label,
        this.#colours.label,
        make("label", { class: "check" }, this.#shown, "Measurements"),
        ...acts.map(([text, label, act]) => {
          const button = make("button", { type: "button", text, "aria-label": label });
          button.addEventListener("click", act);
          return button;
        }),
      ),
      this.#viewport.element,
      this.#readout,
      legend(),
      this.#note,
      this.#problem,
    );
    for (const { select } of [this.#stretch, this.#colours]) {
      select.addEventListener("change", () => this.#load(true));
    }
    this.#shown.addEventListener("change", () => this.#marks.toggleAttribute("hidden", !this.#shown.checked));
    this.#image.addEventListener("load", () => (this.#problem.textContent = ""));
    this.#image.addEventListener("error", () => {
      if (this.#of) this.#problem.textContent = "The picture could not be drawn.";
    });
    this.#viewport.addEventListener("point", (event) => {
      this.#read(/** @type {CustomEvent<import("./viewport.js").Point | null>} */ (event).detail);
    });
    this.#viewport.addEventListener("move", () => {
      this.#sharpen();
      if (this.#viewport.scale !== this.#markedAt) this.#markSoon();
      this.dispatchEvent(new Event("move"));
    });
    this.#marks.addEventListener("click", (event) => {
      const mark = event.target instanceof Element && event.target.closest("g");
      const source = mark instanceof SVGElement ? mark.dataset.source : undefined;
      if (source && !this.#viewport.dragged) {
        this.dispatchEvent(new CustomEvent("source", { detail: source }));
      }
    });
  }

  /** @param {SkyImage} image */
  show(image) {
    this.#of = image;
    this.#size = SIZE;
    this.#measurements = [];
    this.#frame = null;
    this.#sky = null;
    this.#image.alt = `Picture of ${format.visible(image.filename)}`;
    this.#image.removeAttribute("src");
    this.#marks.replaceChildren();
    this.#note.textContent = "";
    this.#problem.textContent = "";
    this.#read(null);
    return this.#load(false);
  }

  /** Nothing is shown any more. */
  clear() {
    this.#of = null;
    this.#turn += 1;
    this.#image.removeAttribute("src");
    this.#marks.replaceChildren();
  }

  /** The positions in the middle, and the shorter side of what is shown in degrees. */
  get view() {
    const middle = this.#viewport.middle;
    const position = this.#sky?.position(middle);
    const scale = this.#of?.pixel_scale_arcsec;
    if (!position || !scale || !this.#frame) return null;
    const shrunk = Math.max(this.#of?.width_px ?? 0, this.#of?.height_px ?? 0) / Math.max(this.#frame.width, this.#frame.height);
    const side = Math.min(this.#viewport.extent, this.#frame.width, this.#frame.height);
    return { position, size: (side * Math.max(1, shrunk) * scale) / 3600 };
  }

  /** @param {Measurement[]} measurements of this image, the brightest first */
  mark(measurements) {
    this.#measurements = measurements;
    this.#renderMarks();
  }

  /** @param {boolean} keep the part of it that is shown */
  async #load(keep) {
    const image = this.#of;
    if (!image) return;
    const turn = ++this.#turn;
    const parameters = { stretch: this.#stretch.select.value, colour_map: this.#colours.select.value, size: this.#size };
    const address = imageUrl(image.id, "png", parameters);
    try {
      /** @type {import("./types.js").Frame} */
      const frame = await request(imageUrl(image.id, "png/frame", { size: this.#size }));
      if (turn !== this.#turn) return;
      if (keep) await decoded(address); // the old picture stays until the new one is there
      if (turn !== this.#turn) return;
      this.#image.src = address;
      this.#frame = frame;
      this.#viewport.show(frame.width, frame.height, keep);
      this.#note.textContent = this.#findSky(frame);
      this.#renderMarks();
      this.dispatchEvent(new Event("move"));
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  /** Draw it in more pixels where somebody looks closely and the image has them. */
  #sharpen() {
    const image = this.#of;
    if (!image || !this.#frame || this.#size === LARGE || this.#viewport.scale < 2) return;
    if (Math.max(image.width_px ?? 0, image.height_px ?? 0) <= this.#size) return;
    this.#size = LARGE;
    this.#load(true);
  }

  /**
   * @param {import("./types.js").Frame} frame
   * @returns {string} what to say of it
   */
  #findSky({ wcs }) {
    this.#sky = null;
    if (!wcs) return "The image does not say where on the sky it is.";
    try {
      this.#sky = new Sky(wcs);
      return "";
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return `Positions are not shown: the page does not compute ${format.visible(error.message)}.`;
    }
  }

  #markSoon() {
    if (this.#frameAsked) return;
    this.#frameAsked = requestAnimationFrame(() => {
      this.#frameAsked = 0;
      this.#renderMarks();
    });
  }

  #renderMarks() {
    if (!this.#frame || !this.#sky) return;
    const measured = this.#measurements.slice(0, MOST_MARKS);
    const beam = this.#of?.beam_major_arcsec ?? null;
    this.#markedAt = this.#viewport.scale;
    drawOverlay(this.#marks, this.#frame, this.#sky, measured, beam, this.#markedAt);
    if (this.#measurements.length > MOST_MARKS) {
      this.#note.textContent = `Only the brightest ${format.count(MOST_MARKS)} measurements are drawn.`;
    }
  }

  /** @param {import("./viewport.js").Point | null} point */
  #read(point) {
    const position = point && this.#sky?.position(point);
    this.#readout.textContent = position ? `${sexagesimal(position)}  ·  ${inDegrees(position)}` : "";
  }
}

/** @param {string} address */
async function decoded(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode().catch(() => undefined); // the element that shows it says why
}

/** @param {string} text @param {string[][]} options */
function choice(text, options) {
  const select = make("select", {}, ...options.map(([value, shown]) => make("option", { value, text: shown })));
  return { select, label: make("label", {}, text, select) };
}

/** What the marks mean. */
function legend() {
  const marks = [
    ["detected", "Detected"],
    ["imported", "Imported"],
    ["forced", "Forced fit"],
  ];
  return make(
    "ul",
    { class: "legend", "aria-label": "Marks" },
    ...marks.map(([kind, text]) => {
      const shape = kind === "forced" ? draw("polygon", { points: "8,2 14,8 8,14 2,8" }) : draw("ellipse", { cx: 8, cy: 8, rx: 6, ry: 4.5 });
      const sign = draw("svg", { class: "marks", viewBox: "0 0 16 16", "aria-hidden": "true" }, draw("g", { class: `mark counts ${kind}` }, shape));
      return make("li", {}, sign, text);
    }),
  );
}

