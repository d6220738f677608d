/** One image: its picture with what was measured in it, its facts, its relatives. */

import { request } from "../api.js";
import { make } from "../element.js";
import * as format from "../format.js";
import { sheetAddress } from "./address.js";
import { declination, rightAscension } from "./angles.js";
import { imageFacts } from "./image_facts.js";
import { Picture } from "./picture.js";
import * as quantity from "./quantities.js";
import { Sheet } from "./sheet.js";
import { imageUrl } from "./urls.js";
import { gradeBadge, spoken } from "./words.js";

/** @typedef {import("./types.js").SkyImage} SkyImage */
/** @typedef {import("./types.js").Measurement} Measurement */

const MOST_MEASUREMENTS = 10_000;
const LISTED = 100;

/**
 * Sends `close`, `edited`, and `source` (detail: its id).
 *
 * @extends {Sheet<SkyImage & {grade_given: string | null}>}
 */
export class ImageSheet extends Sheet {
  #picture = new Picture();
  #fits = make("a", { download: true, text: "Download the FITS file" });
  #cutout = make("a", { download: true, text: "Cut out what is shown (FITS)" });
  #measured = make("div", { class: "scroller" });
  #measuredTitle = make("summary");
  #relatives = make("div", { class: "relatives" });

  /** @type {SkyImage | null} */
  measured = null;

  constructor() {
    super("image");
    this.watch.append(this.#picture.element, make("p", { class: "actions" }, this.#fits, this.#cutout));
    this.rest.prepend(
      this.#relatives,
      make("details", {}, this.#measuredTitle, this.#measured),
    );
    this.#picture.addEventListener("move", () => this.#offerCutout());
    this.#picture.addEventListener("source", (event) => {
      this.dispatchEvent(new CustomEvent("source", { detail: /** @type {CustomEvent<string>} */ (event).detail }));
    });
  }

  /** @param {string} id */
  addressOf(id) {
    return imageUrl(id);
  }

  /** @param {SkyImage} image */
  titleOf(image) {
    return image.filename;
  }

  /** @param {SkyImage} image */
  factsOf(image) {
    return imageFacts(image);
  }

  /** @param {SkyImage} image */
  begin(image) {
    this.measured = image;
    this.#fits.href = imageUrl(image.id, "fits");
    this.#cutout.hidden = true;
    this.#picture.show(image);
    this.#showMeasured(image);
    this.#showRelatives(image);
  }

  /** @param {SkyImage} image @param {boolean} other */
  changed(image, other) {
    if (!other) return;
    this.#showMeasured(image);
    this.#showRelatives(image);
  }

  /** What was measured in it may have changed, although the record has not. */
  remeasure() {
    if (this.measured) this.#showMeasured(this.measured);
  }

  ended() {
    this.measured = null;
    this.#picture.clear();
    this.#measured.replaceChildren();
    this.#relatives.replaceChildren();
  }

  #offerCutout() {
    const view = this.#picture.view;
    this.#cutout.hidden = view === null || this.id === null;
    if (!view || this.id === null) return;
    const { position, size } = view;
    this.#cutout.href = imageUrl(this.id, "cutout", {
      ra: position.ra.toFixed(7),
      dec: position.dec.toFixed(7),
      size: size.toPrecision(6),
      format: "fits",
    });
  }

  /** @param {SkyImage} image */
  async #showMeasured(image) {
    const { signal } = this;
    this.#measuredTitle.textContent = "Measurements";
    try {
      const address = imageUrl(image.id, "measurements", { limit: MOST_MEASUREMENTS });
      /** @type {{items: Measurement[], next: string | null}} */
      const { items, next } = await request(address, { signal });
      const brightest = items.toSorted((one, other) => (other.peak_jy ?? 0) - (one.peak_jy ?? 0));
      this.#measuredTitle.textContent = `Measurements (${format.count(items.length)}${next ? " of more" : ""})`;
      this.#picture.mark(brightest);
      this.#measured.replaceChildren(...table(brightest, image.units));
    } catch (error) {
      if (signal.aborted) return;
      this.#picture.mark([]);
      this.#measured.replaceChildren(make("p", { class: "error", text: `Not to be read: ${messageOf(error)}` }));
    }
  }

  /** @param {SkyImage} image */
  async #showRelatives(image) {
    const { signal } = this;
    const asked = /** @type {const} */ ([
      ["Versions", imageUrl(image.id, "versions")],
      ["Made of it", imageUrl(image.id, "children")],
    ]);
    const lists = await Promise.all(
      asked.map(async ([title, address]) => {
        try {
          /** @type {SkyImage[]} */
          const items = await request(address, { signal });
          return relatives(title, items.filter(({ id }) => id !== image.id));
        } catch (error) {
          return signal.aborted ? "" : make("p", { class: "error", text: `${title}: ${messageOf(error)}` });
        }
      }),
    );
    if (signal.aborted) return;
    const parent = image.parent_id === null ? "" : relatives("Made of", [{ id: image.parent_id, filename: "its parent" }]);
    this.#relatives.replaceChildren(parent, ...lists);
  }
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * @param {string} title
 * @param {(Partial<SkyImage> & {id: string})[]} images
 */
function relatives(title, images) {
  if (!images.length) return "";
  return make(
    "section",
    {},
    make("h3", { text: title }),
    make(
      "ul",
      {},
      ...images.map((image) =>
        make(
          "li",
          {},
          make("a", {
            href: sheetAddress({ image: image.id }),
            "data-image": image.id,
            text: format.visible(image.filename ?? image.id),
            dir: "auto",
          }),
          image.kind ? ` ${spoken(image.kind)}` : null,
          image.version === null || image.version === undefined ? null : ` version ${image.version}`,
          image.is_current ? " (current)" : null,
          image.grade ? " " : null,
          image.grade ? gradeBadge(image.grade) : null,
        ),
      ),
    ),
  );
}

/**
 * @param {Measurement[]} measurements
 * @param {string | null} units
 */
function table(measurements, units) {
  if (!measurements.length) return [make("p", { class: "hint", text: "Nothing was measured in it." })];
  const per = units === null || /beam/i.test(units) ? "/beam" : "";
  const head = ["Source", "Kind", "RA", "Dec", `Peak`, "Integrated"];
  const rows = measurements.slice(0, LISTED).map((one) =>
    make(
      "tr",
      {},
      make("td", {}, sourceLink(one)),
      make("td", { text: spoken(one.kind) }),
      make("td", { text: rightAscension(one.ra_deg) }),
      make("td", { text: declination(one.dec_deg) }),
      make("td", { text: quantity.flux(one.peak_jy, one.peak_error_jy, per) ?? "–" }),
      make("td", { text: quantity.flux(one.integrated_jy, one.integrated_error_jy) ?? "–" }),
    ),
  );
  return [
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...rows),
    ),
    measurements.length > LISTED ? make("p", { class: "hint", text: `The ${LISTED} brightest.` }) : "",
  ];
}

/** @param {Measurement} measurement */
const sourceLink = ({ source_id: source, name }) =>
  source === null
    ? make("span", { text: name === null ? "–" : format.visible(name) })
    : make("a", {
        href: sheetAddress({ source }),
        "data-source": source,
        text: name === null ? "Source" : format.visible(name),
        dir: "auto",
      });
