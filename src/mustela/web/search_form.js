/** Search as you type, the order, and the filters. */

import { go } from "./address.js";
import { make, part } from "./element.js";
import * as format from "./format.js";

/** @typedef {import("./address.js").Query} Query */

/**
 * Where what is asked for stands in the page's address.
 *
 * @typedef {object} Place
 * @property {() => Query} query  what the address says now
 * @property {(query: Query) => string} address  the address of a query
 */

const PAUSE_MS = 150;

/** Sends `query` when another list is asked for. */
export class SearchForm extends EventTarget {
  #form;
  #place;
  #words;
  #clear;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  /** Whether the address has an entry in the history for what is being typed. */
  #typing = false;

  /**
   * @param {HTMLFormElement} form whose parts are marked with `data-part`
   * @param {Place} place
   */
  constructor(form, place) {
    super();
    this.#form = form;
    this.#place = place;
    this.#words = part(form, "words", HTMLInputElement);
    this.#clear = part(form, "clear", HTMLButtonElement);
    const filters = part(form, "filters", HTMLElement);
    const button = part(form, "filters-button", HTMLButtonElement);
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      filters.classList.toggle("open", open);
    });
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
      for (const control of this.#controls()) if (this.#filters(control)) control.value = "";
      this.#ask();
    });
    this.read();
  }

  /** Take over what the address says. */
  read() {
    clearTimeout(this.#pause);
    const query = this.#place.query();
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

  #ask() {
    clearTimeout(this.#pause);
    /** @type {Query} */
    const query = {};
    for (const { name, value, validity } of this.#controls()) {
      if (value.trim() && validity.valid) query[name] = value.trim();
    }
    const address = this.#place.address(query);
    if (address === this.#place.address(this.#place.query())) return;
    // One step back undoes a search, not a letter.
    go(address, this.#typing ? "replace" : "push");
    this.#typing = true;
    this.#note(query);
    this.dispatchEvent(new Event("query"));
  }

  /** @param {Query} query */
  #note(query) {
    this.#clear.hidden = !this.#controls().some(
      (control) => this.#filters(control) && query[control.name],
    );
  }

  /** @param {HTMLInputElement | HTMLSelectElement} control neither the words nor the order */
  #filters(control) {
    return control !== this.#words && control.name !== "sort";
  }

  #controls() {
    return [...this.#form.elements].filter(
      /** @returns {control is HTMLInputElement | HTMLSelectElement} */
      (control) =>
        (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) &&
        control.name !== "",
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
