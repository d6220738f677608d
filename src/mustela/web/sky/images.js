/** The grid of images of the sky. */

import { make } from "../element.js";
import { Listing } from "../listing.js";
import { Shelf } from "../shelf.js";
import { makeCard } from "./card.js";
import { imagesUrl } from "./urls.js";

/** @typedef {import("./types.js").SkyImage} SkyImage */

/** @extends {Shelf<SkyImage>} */
export class Images extends Shelf {
  /** @param {HTMLElement} host is filled */
  constructor(host) {
    host.append(
      make("p", { class: "count", role: "status", "data-part": "count" }),
      make("ul", {
        class: "grid",
        role: "list",
        "aria-label": "Images",
        "aria-busy": "true",
        "data-part": "cards",
      }),
      make("p", { class: "hint middle", "data-part": "more", hidden: true, text: "Loading more…" }),
      make("div", { class: "empty", role: "status", "data-part": "empty", hidden: true }),
      make(
        "div",
        { class: "empty", role: "alert", "data-part": "list-error", hidden: true },
        make("h2", { text: "The list could not be read" }),
        make("p", { "data-part": "list-error-text" }),
        make("button", { type: "button", "data-part": "retry", text: "Try again" }),
      ),
    );
    super(host, new Listing(imagesUrl), makeCard, "image");
  }

  /** @returns {Node[]} */
  whyEmpty() {
    const { sort, ...asked } = this.listing.query;
    return Object.keys(asked).length
      ? [
          make("h2", { text: "Nothing found" }),
          make("p", {
            text: asked.q
              ? "Every word must occur in the file name or its folders. Try fewer or shorter words."
              : "No image satisfies these filters.",
          }),
        ]
      : [
          make("h2", { text: "No images yet" }),
          make("p", { text: "FITS and CASA images in your folders appear here after a scan." }),
        ];
  }
}
