/** A list on the page as cards: the cards, how many there are, and what to say where there are none. */

import { connection } from "./api.js";
import { part, show } from "./element.js";
import * as format from "./format.js";
import { Grid } from "./grid.js";
import { forgetRefusal } from "./session.js";

const REFRESH_MS = 3000;

/**
 * Sends `change` when the list is different.
 *
 * @template {{id: string}} T
 */
export class Shelf extends EventTarget {
  listing;
  #host;
  #count;
  #empty;
  #failed;
  #failedText;
  #more;
  #one;
  #refreshed = -REFRESH_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due;
  /** @type {Grid<T>} */
  #grid;

  /**
   * @param {HTMLElement} host whose parts are marked with `data-part`
   * @param {import("./listing.js").Listing<T>} listing
   * @param {(item: T) => HTMLElement} makeCard
   * @param {string} one what one item is called
   */
  constructor(host, listing, makeCard, one) {
    super();
    this.listing = listing;
    this.#one = one;
    this.#host = part(host, "cards", HTMLElement);
    this.#count = part(host, "count", HTMLElement);
    this.#empty = part(host, "empty", HTMLElement);
    this.#failed = part(host, "list-error", HTMLElement);
    this.#failedText = part(host, "list-error-text", HTMLElement);
    this.#more = part(host, "more", HTMLElement);
    this.#grid = new Grid(this.#host, makeCard);
    this.#grid.addEventListener("near-end", () => this.listing.more());
    this.listing.addEventListener("change", () => this.render());
    part(host, "retry", HTMLButtonElement).addEventListener("click", () => {
      forgetRefusal();
      this.listing.retry();
    });
    connection.addEventListener("back", () => {
      if (this.listing.state === "failed") this.listing.retry();
    });
  }

  /** @param {import("./address.js").Query} query */
  show(query) {
    scrollTo({ top: 0, behavior: "instant" });
    return this.listing.show(query);
  }

  /** Whether the person is at the top, where new cards push nothing away. */
  get atTop() {
    return scrollY < 50;
  }

  /** Items may be new or different: show them soon, but not too often. */
  refresh() {
    if (!this.atTop || this.#due !== undefined) return;
    const wait = Math.max(0, this.#refreshed + REFRESH_MS - performance.now());
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.#refreshed = performance.now();
      if (this.atTop) this.listing.refresh();
    }, wait);
  }

  /** @param {string} id */
  focus(id) {
    this.#grid.focus(this.indexOf(id));
  }

  /** @param {string} id */
  indexOf(id) {
    return this.listing.items.findIndex((item) => item.id === id);
  }

  render() {
    const { state, items, total, totalIsExact, error } = this.listing;
    this.#host.setAttribute("aria-busy", String(state === "loading"));
    if (state !== "loading") this.#grid.show(items, totalIsExact ? total : -1);
    show(this.#more, state === "more");
    show(this.#failed, state === "failed");
    if (state === "failed") this.#failedText.textContent = error?.message ?? "";
    if (state === "ready") {
      const shown = format.counted(total, this.#one);
      this.#count.textContent = totalIsExact ? shown : `More than ${shown}`;
    }
    const empty = state === "ready" && !items.length && this.listing.complete;
    show(this.#empty, empty);
    this.#empty.replaceChildren(...(empty ? this.whyEmpty() : []));
    this.dispatchEvent(new Event("change"));
  }

  /**
   * What to say where there is nothing.
   *
   * @returns {Node[]}
   */
  whyEmpty() {
    return [];
  }
}
