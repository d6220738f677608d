/** The list of videos on the page: cards, counts, and what to say where there are none. */

import { connection } from "../api.js";
import { find, make, show } from "../element.js";
import * as format from "../format.js";
import { Grid } from "../grid.js";
import { forgetRefusal } from "../session.js";
import { makeCard } from "./card.js";
import { Listing } from "./listing.js";

/** @typedef {import("../types.js").Video} Video */

const REFRESH_MS = 3000;

/** Sends `change` when the list is different, and `add-folder` when somebody wants to. */
export class Library extends EventTarget {
  listing = new Listing();
  /** @type {{folders: number | null, scanning: boolean}} */
  #surroundings = { folders: null, scanning: false };
  #host = find("videos", HTMLElement);
  #count = find("count", HTMLElement);
  #empty = find("empty", HTMLElement);
  #failed = find("list-error", HTMLElement);
  #more = find("more", HTMLElement);
  #refreshed = -REFRESH_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due;
  /** @type {Grid<Video>} */
  #grid;

  constructor() {
    super();
    this.#grid = new Grid(this.#host, makeCard);
    this.#grid.addEventListener("near-end", () => this.listing.more());
    this.listing.addEventListener("change", () => this.#render());
    find("retry", HTMLButtonElement).addEventListener("click", () => {
      forgetRefusal();
      this.listing.retry();
    });
    connection.addEventListener("back", () => {
      if (this.listing.state === "failed") this.listing.retry();
    });
  }

  /** @param {import("../address.js").Query} query */
  show(query) {
    scrollTo({ top: 0, behavior: "instant" });
    return this.listing.show(query);
  }

  /** Whether the person is at the top, where new cards push nothing away. */
  get atTop() {
    return scrollY < 50;
  }

  /** Videos may be new or different: show them soon, but not too often. */
  refresh() {
    if (!this.atTop || this.#due !== undefined) return;
    const wait = Math.max(0, this.#refreshed + REFRESH_MS - performance.now());
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.#refreshed = performance.now();
      if (this.atTop) this.listing.refresh();
    }, wait);
  }

  /** @param {{folders: number | null, scanning: boolean}} surroundings */
  note(surroundings) {
    this.#surroundings = surroundings;
    this.#render();
  }

  /** @param {string} id */
  focus(id) {
    this.#grid.focus(this.indexOf(id));
  }

  /** @param {string} id */
  indexOf(id) {
    return this.listing.items.findIndex((video) => video.id === id);
  }

  #render() {
    const { state, items, total, totalIsExact, error } = this.listing;
    this.#host.setAttribute("aria-busy", String(state === "loading"));
    if (state !== "loading") this.#grid.show(items, totalIsExact ? total : -1);
    show(this.#more, state === "more");
    show(this.#failed, state === "failed");
    if (state === "failed") {
      find("list-error-text", HTMLElement).textContent = error?.message ?? "";
    }
    if (state === "ready") {
      const shown = format.counted(total, "video");
      this.#count.textContent = totalIsExact ? shown : `More than ${shown}`;
    }
    this.#renderEmpty(state === "ready" && !items.length && this.listing.complete);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {boolean} empty */
  #renderEmpty(empty) {
    show(this.#empty, empty);
    if (empty) this.#empty.replaceChildren(...this.#whyEmpty());
    else this.#empty.replaceChildren();
  }

  /** @returns {Node[]} */
  #whyEmpty() {
    const { folders, scanning } = this.#surroundings;
    const { sort, ...asked } = this.listing.query;
    if (Object.keys(asked).length) {
      return [
        make("h2", { text: "Nothing found" }),
        make("p", {
          text: asked.q
            ? "Every word must occur in the file name or its folders. Try fewer or shorter words."
            : "No video satisfies these filters.",
        }),
      ];
    }
    if (scanning) {
      return [
        make("h2", { text: "Looking for videos" }),
        make("p", { text: "They appear here as they are found." }),
      ];
    }
    if (folders === null) return [];
    const button = make("button", { type: "button", class: "primary", text: "Add a folder" });
    button.addEventListener("click", () => this.dispatchEvent(new Event("add-folder")));
    return folders
      ? [
          make("h2", { text: "No videos yet" }),
          make("p", { text: "Nothing was found in your folders. Scan them again, or add another." }),
          button,
        ]
      : [
          make("h2", { text: "Welcome to Mustela" }),
          make("p", {
            text: "Add a folder that holds your footage. Every video in it gets its place here; the files themselves are only read.",
          }),
          button,
        ];
  }
}
