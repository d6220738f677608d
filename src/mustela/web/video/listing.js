/** The list of videos as far as it is loaded: page after page, one query at a time. */

import { request, url } from "../api.js";

/** @typedef {import("../types.js").Video} Video */
/** @typedef {import("../address.js").Query} Query */

const PAGE = 120;
const LARGEST_PAGE = 1000;

/**
 * The first page of a query. Words are searched, everything else filters and sorts.
 *
 * @param {Query} query
 * @param {number} [limit]
 */
export function listUrl({ q, ...filters }, limit = PAGE) {
  return q ? url("videos/search", { q, ...filters, limit }) : url("videos", { ...filters, limit });
}

/**
 * Sends `change` whenever something about it is different. An answer that is not to the newest
 * question is dropped, however late it comes.
 */
export class Listing extends EventTarget {
  /** @type {Video[]} */
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
    await this.#load(listUrl(query), "loading", (page) => page.items);
  }

  /** Load the following page, unless that is under way or there is none. */
  async more() {
    if (this.#next === null || this.state !== "ready") return;
    const known = new Set(this.items.map((video) => video.id));
    await this.#load(this.#next, "more", (page) => [
      ...this.items,
      // A video may have moved down in the order while we were reading.
      ...page.items.filter((video) => !known.has(video.id)),
    ]);
  }

  /** Read the beginning again, without a word: only for somebody who is at the top. */
  async refresh() {
    if (this.state === "loading" || this.state === "more") return;
    const limit = Math.min(Math.max(PAGE, this.items.length), LARGEST_PAGE);
    await this.#load(listUrl(this.query, limit), this.state, (page) => page.items);
  }

  /** Ask again after a failure. */
  async retry() {
    if (this.items.length && this.#next !== null) {
      this.state = "ready";
      await this.more();
    } else await this.show(this.query);
  }

  /** @param {Video} video as it is now */
  replace(video) {
    const index = this.items.findIndex((one) => one.id === video.id);
    if (index < 0) return;
    this.items = this.items.with(index, video);
    this.#changed();
  }

  /** @param {string} id */
  remove(id) {
    const rest = this.items.filter((video) => video.id !== id);
    if (rest.length === this.items.length) return;
    this.items = rest;
    this.total -= 1;
    this.#changed();
  }

  /**
   * @param {string} address
   * @param {Listing["state"]} state
   * @param {(page: import("../types.js").Page<Video>) => Video[]} merged
   */
  async #load(address, state, merged) {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
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
  }

  /**
   * The same objects where nothing is different, so that their cards stay.
   *
   * @param {Video[]} items
   */
  #unchangedKept(items) {
    const old = new Map(this.items.map((video) => [video.id, video]));
    return items.map((video) => {
      const known = old.get(video.id);
      const same = known === video || JSON.stringify(known) === JSON.stringify(video);
      return known && same ? known : video;
    });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
