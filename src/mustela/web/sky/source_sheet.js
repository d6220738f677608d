/** One source: its light curve, its facts, the images that it was measured in. */

import { local, request } from "../api.js";
import { make } from "../element.js";
import * as format from "../format.js";
import { sheetAddress } from "./address.js";
import { LightCurve } from "./light_curve.js";
import { measurementTable } from "./measurement_table.js";
import * as mjd from "./mjd.js";
import { Sheet } from "./sheet.js";
import { sourceFacts } from "./source_facts.js";
import { statisticsTable } from "./statistics_table.js";
import { sourceUrl } from "./urls.js";
import { gradeBadge } from "./words.js";

/** @typedef {import("./types.js").SkySource} SkySource */
/** @typedef {import("./types.js").SkyImage} SkyImage */
/** @typedef {import("./types.js").Measurement} Measurement */
/** @typedef {import("./types.js").BandStatistics} BandStatistics */
/** @typedef {import("./types.js").CutoutLinks & {name: string}} Cutout */

/** Cutouts that are shown without being asked for. */
const CUTOUTS = 12;
const MOST_IMAGES = 1000;
const MOST_MEASUREMENTS = 10_000;

/**
 * Sends `close`, `edited`, and `image` (detail: its id).
 *
 * @extends {Sheet<SkySource & {grade_given: string | null}>}
 */
export class SourceSheet extends Sheet {
  #curve = new LightCurve();
  #band = make("select");
  #flux = make("select", {}, make("option", { value: "peak", text: "Peak" }), make("option", { value: "integrated", text: "Integrated" }));
  #problem = make("p", { class: "error", role: "alert" });
  #statistics = make("div", { class: "scroller wide" });
  #table = make("div", { class: "scroller" });
  #cutouts = make("ul", { class: "cutouts" });
  #more = make("button", { type: "button", hidden: true });
  /** @type {SkySource | null} */
  #source = null;
  /** @type {Measurement[]} */
  #measurements = [];
  /** @type {Cutout[]} the latest observation first */
  #images = [];

  constructor() {
    super("source");
    this.watch.append(
      make("div", { class: "tools" }, make("label", {}, "Band", this.#band), make("label", {}, "Flux density", this.#flux)),
      this.#curve.element,
      this.#problem,
    );
    this.rest.prepend(
      this.#statistics,
      make("details", {}, make("summary", { text: "Measurements" }), this.#table),
      make("section", { class: "wide" }, make("h3", { text: "Images it was measured in" }), this.#cutouts, this.#more),
    );
    this.#band.addEventListener("change", () => this.#showCurve());
    this.#flux.addEventListener("change", () => this.#renderCurve());
    this.#more.addEventListener("click", () => this.#renderCutouts(this.#images.length));
    this.#curve.addEventListener("image", (event) => {
      this.dispatchEvent(new CustomEvent("image", { detail: /** @type {CustomEvent<string>} */ (event).detail }));
    });
  }

  /** @param {string} id */
  addressOf(id) {
    return sourceUrl(id);
  }

  /** @param {SkySource} source */
  titleOf(source) {
    return source.name;
  }

  /** @param {SkySource} source */
  factsOf(source) {
    return sourceFacts(source);
  }

  /** @param {SkySource} source */
  begin(source) {
    this.#source = source;
    this.#band.replaceChildren(bandOption(source));
    this.#load();
  }

  /** @param {SkySource} source */
  changed(source) {
    this.#source = source;
    this.#load();
  }

  ended() {
    this.#source = null;
    this.#measurements = [];
    this.#curve.clear();
    this.#cutouts.replaceChildren();
    this.#table.replaceChildren();
    this.#statistics.replaceChildren();
  }

  /** Everything beside the record itself. */
  #load() {
    this.#problem.textContent = "";
    this.#showBands();
    this.#showCurve();
    this.#showImages();
  }

  /** What can be chosen: every band and Stokes parameter with epochs. */
  async #showBands() {
    await this.#guard(async (id, signal) => {
      /** @type {BandStatistics[]} */
      const rows = await request(sourceUrl(id, "variability"), { signal });
      if (signal.aborted) return;
      this.#statistics.replaceChildren(rows.length ? statisticsTable(rows) : "");
      if (!rows.length) return;
      const chosen = this.#band.value;
      this.#band.replaceChildren(...rows.map(bandOption));
      if ([...this.#band.options].some(({ value }) => value === chosen)) this.#band.value = chosen;
      else await this.#showCurve();
    });
  }

  async #showCurve() {
    await this.#guard(async (id, signal) => {
      const [band = "", stokes = ""] = this.#band.value ? JSON.parse(this.#band.value) : [];
      const address = sourceUrl(id, "lightcurve", { band, stokes, limit: MOST_MEASUREMENTS });
      const { items, next } = await request(address, { signal });
      if (signal.aborted) return;
      this.#measurements = items;
      this.#renderCurve();
      if (next) this.#problem.textContent = `Only the first ${format.count(items.length)} measurements are shown.`;
    });
  }

  #renderCurve() {
    const flux = this.#flux.value === "integrated" ? "integrated" : "peak";
    this.#curve.show(this.#measurements, flux);
    this.#table.replaceChildren(measurementTable(this.#measurements));
  }

  async #showImages() {
    await this.#guard(async (id, signal) => {
      const all = { which: "all", limit: MOST_IMAGES };
      const [images, links] = await Promise.all([
        request(sourceUrl(id, "contributing-images", all), { signal }),
        request(sourceUrl(id, "cutouts", all), { signal }),
      ]);
      if (signal.aborted) return;
      const names = new Map(images.items.map((/** @type {SkyImage} */ one) => [one.id, one.filename]));
      /** @type {Cutout[]} */
      const cutouts = links.items.map((/** @type {Cutout} */ one) => ({
        ...one,
        name: names.get(one.image_id) ?? one.image_id,
      }));
      this.#images = cutouts.reverse();
      this.#renderCutouts(CUTOUTS);
    });
  }

  /** @param {number} most */
  #renderCutouts(most) {
    const latest = this.#images;
    this.#cutouts.replaceChildren(...latest.slice(0, most).map(cutout));
    this.#more.hidden = latest.length <= most;
    this.#more.textContent = `Show all ${format.count(latest.length)}`;
    if (!latest.length) this.#cutouts.append(make("li", { class: "hint", text: "None." }));
  }

  /** @param {(id: string, signal: AbortSignal) => Promise<void>} act */
  async #guard(act) {
    const { signal } = this;
    if (!this.#source) return;
    try {
      await act(this.#source.id, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

/** @param {Partial<SkySource>} row of statistics */
function bandOption({ band, stokes, n_epochs: epochs }) {
  if (!band) return make("option", { value: "", text: "All" });
  const counted = epochs === null || epochs === undefined ? "" : ` (${format.counted(epochs, "epoch")})`;
  return make("option", {
    value: JSON.stringify([band, stokes ?? "I"]),
    text: `${format.visible(band)}, Stokes ${format.visible(stokes ?? "I")}${counted}`,
  });
}

/** @param {Cutout} one */
function cutout({ image_id: image, mid_mjd: time, grade, fits, png, ...rest }) {
  const name = format.visible(rest.name);
  const picture = make("img", {
    src: local(png),
    alt: "",
    loading: "lazy",
    decoding: "async",
    width: 128,
    height: 128,
  });
  picture.addEventListener("error", () => picture.replaceWith(make("span", { class: "hint", text: "No cutout" })));
  return make(
    "li",
    {},
    make(
      "a",
      { href: sheetAddress({ image }), "data-image": image, title: name },
      picture,
      make("span", { text: mjd.utcDay(time) ?? name, dir: "auto" }),
      gradeBadge(grade),
    ),
    make("a", {
      class: "hint",
      href: local(fits),
      download: true,
      "aria-label": `Cutout of ${name} as FITS`,
      text: "FITS",
    }),
  );
}
