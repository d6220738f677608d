/** The list of videos on the page, and what to say where there are none. */

import { url } from "../api.js";
import { find, make } from "../element.js";
import { Listing } from "../listing.js";
import { Shelf } from "../shelf.js";
import { makeCard } from "./card.js";

/** @typedef {import("../types.js").Video} Video */
/** @typedef {import("../address.js").Query} Query */

/**
 * The first page of a query. Words are searched, everything else filters and sorts.
 *
 * @param {Query} query
 * @param {number} limit
 */
const listUrl = ({ q, ...filters }, limit) =>
  q ? url("videos/search", { q, ...filters, limit }) : url("videos", { ...filters, limit });

/**
 * Sends `change` when the list is different, and `add-folder` when somebody wants to.
 *
 * @extends {Shelf<Video>}
 */
export class Library extends Shelf {
  /** @type {{folders: number | null, scanning: boolean}} */
  #surroundings = { folders: null, scanning: false };

  constructor() {
    super(find("library", HTMLElement), new Listing(listUrl), makeCard, "video");
  }

  /** @param {{folders: number | null, scanning: boolean}} surroundings */
  note(surroundings) {
    this.#surroundings = surroundings;
    this.render();
  }

  /** @returns {Node[]} */
  whyEmpty() {
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
