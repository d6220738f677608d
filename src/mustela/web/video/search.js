/** Search as you type, the order, and the filters. */

import { addressOf, currentQuery, go } from "../address.js";
import { find, make } from "../element.js";
import * as format from "../format.js";

/** @typedef {import("../address.js").Query} Query */

const PAUSE_MS = 150;

/** Sends `query` when another list is asked for. */
export class Search extends EventTarget {
  #form = find("search", HTMLFormElement);
  #words = find("words", HTMLInputElement);
  #clear = find("clear-filters", HTMLButtonElement);
  #tags = find("known-tags", HTMLDataListElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  /** Whether the address has an entry in the history for what is being typed. */
  #typing = false;

  constructor() {
    super();
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
      this.#typing = false;
    });
    this.#form.addEventListener("input", (event) => {
      clearTimeout(this.#pause);
      const typed = event.target instanceof HTMLInputElement;
      this.#pause = setTimeout(() => this.#ask(), typed ? PAUSE_MS : 0);
    });
    this.#form.addEventListener("focusout", () => {
      this.#typing = false;
    });
    this.#clear.addEventListener("click", () => {
      for (const name of ["codec", "min_height", "tag", "missing"]) this.#control(name).value = "";
      this.#ask();
    });
    this.read();
  }

  /** Take over what the address says. */
  read() {
    clearTimeout(this.#pause);
    const query = currentQuery();
    for (const control of this.#controls()) {
      const value = query[control.name] ?? "";
      if (control instanceof HTMLSelectElement) offer(control, value);
      if (control.value !== value) control.value = value;
    }
    this.#note(query);
  }

  /** Go to the words, as the `/` key does. */
  focus() {
    this.#words.focus();
    this.#words.select();
  }

  /**
   * Offer the tags that were seen.
   *
   * @param {Iterable<string>} tags
   */
  suggest(tags) {
    const known = new Set([...this.#tags.options].map((option) => option.value));
    for (const tag of tags) {
      if (known.has(tag) || known.size >= 200) continue;
      known.add(tag);
      this.#tags.append(make("option", { value: tag }));
    }
  }

  #ask() {
    clearTimeout(this.#pause);
    /** @type {Query} */
    const query = {};
    for (const { name, value } of this.#controls()) if (value.trim()) query[name] = value.trim();
    const address = addressOf(query);
    if (address === addressOf(currentQuery())) return;
    // One step back undoes a search, not a letter.
    go(address, this.#typing ? "replace" : "push");
    this.#typing = true;
    this.#note(query);
    this.dispatchEvent(new Event("query"));
  }

  /** @param {Query} query */
  #note(query) {
    this.#clear.hidden = !(query.codec || query.min_height || query.tag || query.missing);
  }

  #controls() {
    return [...this.#form.elements].filter(
      /** @returns {control is HTMLInputElement | HTMLSelectElement} */
      (control) =>
        (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) &&
        control.name !== "",
    );
  }

  /** @param {string} name */
  #control(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement} */ (
      this.#form.elements.namedItem(name)
    );
  }
}

/**
 * Let a select have a value that is not among its own, as an address may bring one.
 *
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
function offer(select, value) {
  if ([...select.options].some((option) => option.value === value)) return;
  select.append(make("option", { value, text: format.visible(value) }));
}
