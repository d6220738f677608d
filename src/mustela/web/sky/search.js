/** The search of the Sky tab: its fields are those of the list that is shown. */

import { make, part } from "../element.js";
import { SearchForm } from "../search_form.js";
import { currentQuery, currentView, skyAddress } from "./address.js";
import { readPosition } from "./angles.js";

/** @typedef {import("./address.js").View} View */
/** @typedef {[value: string, text: string][]} Options */

/** @type {Options} */
const GRADES = [["", "Any"], ["good", "Good"], ["warn", "Warning"], ["fail", "Fail"]];
/** @type {Options} */
const KINDS = [
  ["", "Any"],
  ...["restored", "residual", "psf", "dirty", "model", "mask", "mosaic", "noise", "background"].map(
    (kind) => /** @type {[string, string]} */ ([kind, kind === "psf" ? "PSF" : kind]),
  ),
];
/** @type {Options} */
const IMAGE_ORDERS = [
  ["", "Newest"],
  ["-mid_mjd", "Observed last"],
  ["mid_mjd", "Observed first"],
  ["noise_jy", "Least noise"],
  ["-peak_jy", "Brightest peak"],
  ["-dynamic_range", "Dynamic range"],
  ["-n_sources", "Most sources"],
  ["frequency_hz", "Frequency"],
  ["filename", "Name"],
];

/** Sends `query` when another list is asked for. */
export class SkySearch extends SearchForm {
  #form;
  #fields;
  #words;
  /** @type {View | null} */
  #shown = null;

  /** @param {Element} after what the form is put behind */
  constructor(after) {
    const form = make(
      "form",
      { id: "sky-search", class: "search", role: "search", autocomplete: "off" },
      make("input", {
        class: "words",
        name: "q",
        type: "search",
        placeholder: "Search",
        maxlength: 1000,
        spellcheck: "false",
        enterkeyhint: "search",
        "aria-keyshortcuts": "/",
        "data-part": "words",
      }),
      make("button", {
        type: "button",
        class: "filters-button",
        "aria-expanded": "false",
        "aria-controls": "sky-filters",
        "data-part": "filters-button",
        text: "Filters",
      }),
      make(
        "div",
        { id: "sky-filters", class: "filters", "data-part": "filters" },
        make("div", { class: "fields", "data-part": "fields" }),
        make("button", {
          type: "button",
          class: "quiet",
          "data-part": "clear",
          hidden: true,
          text: "Clear filters",
        }),
      ),
    );
    after.after(form);
    super(form, { query: currentQuery, address: (query) => skyAddress(currentView(), query) });
    this.#form = form;
    this.#fields = part(form, "fields", HTMLElement);
    this.#words = part(form, "words", HTMLInputElement);
    form.addEventListener("input", (event) => checkPosition(event.target), { capture: true });
  }

  /** @param {boolean} shown */
  show(shown) {
    this.#form.hidden = !shown;
    if (!shown) return;
    const view = currentView();
    if (view !== this.#shown) {
      this.#shown = view;
      this.#words.name = view === "images" ? "q" : "name";
      const label = view === "images" ? "Search names and folders" : "Search names of sources";
      this.#words.setAttribute("aria-label", label);
      this.#fields.replaceChildren(...(view === "images" ? imageFields() : sourceFields()));
    }
    this.read();
    checkPosition(this.#form.elements.namedItem("position"));
  }
}

/** @param {unknown} input */
function checkPosition(input) {
  if (!(input instanceof HTMLInputElement) || input.name !== "position") return;
  const wrong = input.value.trim() !== "" && readPosition(input.value) === null;
  input.setCustomValidity(wrong ? "A position as 12:34:56.7 -30:12:13, or in degrees: 188.7, -30.2" : "");
  input.title = input.validationMessage;
  input.toggleAttribute("aria-invalid", wrong);
  if (wrong) input.setAttribute("aria-invalid", "true");
}

/** @returns {HTMLElement[]} */
const imageFields = () => [
  choice("Order", "sort", IMAGE_ORDERS),
  choice("Kind", "kind", KINDS),
  choice("Grade", "grade", GRADES),
  text("Field", "field", { maxlength: 500 }),
  text("Tag", "tag", { list: "known-tags", maxlength: 200 }),
  text("Observed from", "from", { type: "date", class: "day" }),
  text("to", "to", { type: "date", class: "day", "aria-label": "Observed until" }),
  ...position("covers it"),
];

/** @returns {HTMLElement[]} */
const sourceFields = () => [
  ...position("5"),
  text("Band", "band", { maxlength: 100, class: "short" }),
  choice("Grade", "grade", GRADES),
  number("Mean peak ≥ (mJy)", "min_flux"),
  number("V ≥", "min_v"),
  number("η ≥", "min_eta"),
  number("Epochs ≥", "min_epochs", "1"),
];

/** @param {string} nearby what there is without a radius */
const position = (nearby) => [
  text("Position", "position", { placeholder: "RA, Dec", class: "position", maxlength: 100 }),
  text("within (′)", "radius", {
    type: "number",
    min: 0,
    max: 10800,
    step: "any",
    class: "short",
    placeholder: nearby,
    "aria-label": "Radius in arcminutes",
  }),
];

/** @param {string} label @param {string} name @param {Options} options */
const choice = (label, name, options) =>
  make(
    "label",
    {},
    label,
    make("select", { name }, ...options.map(([value, shown]) => make("option", { value, text: shown }))),
  );

/** @param {string} label @param {string} name @param {Record<string, string | number>} attributes */
const text = (label, name, attributes) =>
  make("label", {}, label, make("input", { name, spellcheck: "false", placeholder: "Any", ...attributes }));

/** @param {string} label @param {string} name @param {string} [step] */
const number = (label, name, step = "any") =>
  text(label, name, { type: "number", min: 0, step, class: "short" });
