/** A list as far as it is loaded: page after page, one query at a time. */

import { request } from "./api.js";

/** @typedef {import("./address.js").Query} Query */

const PAGE = 120;
const LARGEST_PAGE = 1000;

/**
 * Sends `change` whenever something about it is different. An answer that is not to the newest
 * question is dropped, however late it comes.
 *
 * @template {{id: string}} T
 */
export class Listing extends EventTarget {
  /** @type {T[]} */
  items = [];
  total = 0;
  totalIsExact = true;
  /** @type {Query} */
  query = {};
  /** @type {"loading" | "more" | "ready" | "failed"} */
  state = "loading";
  /** @type {Error | null} */
  error = null;
  /** @type {string | null} */
  #next = null;
  #abort = new AbortController();
  /** Whether something changed while it was being read: what comes may be of before. */
  #outdated = false;
  #addressOf;

  /** @param {(query: Query, limit: number) => string} addressOf the first page of a query */
  constructor(addressOf) {
    super();
    this.#addressOf = addressOf;
  }

  get complete() {
    return this.#next === null;
  }

  /**
   * Show another query; the old items stay until the new ones are there.
   *
   * @param {Query} query
   */
  async show(query) {
    this.query = query;
    await this.#load(this.#addressOf(query, PAGE), "loading", (page) => page.items);
  }

  /** Load the following page, unless that is under way or there is none. */
  async more() {
    if (this.#next === null || this.state !== "ready") return;
    const known = new Set(this.items.map((item) => item.id));
    await this.#load(this.#next, "more", (page) => [
      ...this.items,
      // An item may have moved down in the order while we were reading.
      ...page.items.filter((item) => !known.has(item.id)),
    ]);
  }

  /**
   * Read the beginning again, without a word: only for somebody who is at the top. While something
   * is being read, that is shown first, and then what has become of it.
   */
  async refresh() {
    if (this.state === "loading" || this.state === "more") {
      this.#outdated = true;
      return;
    }
    const limit = Math.min(Math.max(PAGE, this.items.length), LARGEST_PAGE);
    await this.#load(this.#addressOf(this.query, limit), this.state, (page) => page.items);
  }

  /** Ask again after a failure. */
  async retry() {
    if (this.items.length && this.#next !== null) {
      this.state = "ready";
      await this.more();
    } else await this.show(this.query);
  }

  /** @param {T} item as it is now */
  replace(item) {
    const index = this.items.findIndex((one) => one.id === item.id);
    if (index < 0) return;
    this.items = this.items.with(index, item);
    this.#changed();
  }

  /** @param {string} id */
  remove(id) {
    const rest = this.items.filter((item) => item.id !== id);
    if (rest.length === this.items.length) return;
    this.items = rest;
    this.total -= 1;
    this.#changed();
  }

  /**
   * @param {string} address
   * @param {Listing<T>["state"]} state
   * @param {(page: import("./types.js").Page<T>) => T[]} merged
   */
  async #load(address, state, merged) {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    if (state !== "more") this.#outdated = false; // what is read from now on has it
    this.state = state;
    this.#changed();
    try {
      const page = await request(address, { signal });
      if (signal.aborted) return;
      this.items = this.#unchangedKept(merged(page));
      this.total = page.total;
      this.totalIsExact = page.total_is_exact;
      this.#next = page.next;
      this.state = "ready";
      this.error = null;
    } catch (error) {
      if (signal.aborted) return;
      this.state = "failed";
      this.error = error instanceof Error ? error : new Error(String(error));
    }
    this.#changed();
    if (this.#outdated && this.state === "ready") await this.refresh();
  }

  /**
   * The same objects where nothing is different, so that their cards stay.
   *
   * @param {T[]} items
   */
  #unchangedKept(items) {
    const old = new Map(this.items.map((item) => [item.id, item]));
    return items.map((item) => {
      const known = old.get(item.id);
      const same = known === item || JSON.stringify(known) === JSON.stringify(item);
      return known && same ? known : item;
    });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
