/** The Sky tab: images and sources, and what is open over them, as the address says. */

import { go } from "../address.js";
import { find, make } from "../element.js";
import { currentQuery, currentSheet, currentView, sheetAddress, skyAddress } from "./address.js";
import { ImageSheet } from "./image_sheet.js";
import { Images } from "./images.js";
import { SkySearch } from "./search.js";
import { SourceSheet } from "./source_sheet.js";
import { Sources } from "./sources.js";

/** @typedef {import("./address.js").View} View */

const TOPICS = /** @type {const} */ (["images", "sources"]);
/** While much changes, what is shown is read again so often. */
const REFRESH_MS = 3000;

export class Sky {
  #views = make("nav", { class: "views", "aria-label": "Sky" });
  #hosts = { images: make("section"), sources: make("section") };
  #search = new SkySearch(find("search", HTMLFormElement));
  #images;
  #sources;
  #image = new ImageSheet();
  #source = new SourceSheet();
  /** When each was or will be read again. */
  #due = { images: -REFRESH_MS, sources: -REFRESH_MS };
  /** The list that is shown, as an address; null as long as there is none. @type {string | null} */
  #shown = null;

  /** @param {import("../events.js").Events} events */
  constructor(events) {
    const host = find("sky", HTMLElement);
    host.append(make("h1", { class: "aside", text: "Sky" }), this.#views, ...Object.values(this.#hosts));
    this.#images = new Images(this.#hosts.images);
    this.#sources = new Sources(this.#hosts.sources);
    this.#search.addEventListener("query", () => this.show());
    this.#sources.addEventListener("sort", (event) => {
      const sort = /** @type {CustomEvent<string>} */ (event).detail;
      go(skyAddress("sources", { ...currentQuery(), sort }), "push");
      this.show();
    });
    for (const part of [host, this.#image.dialog, this.#source.dialog]) {
      part.addEventListener("click", (event) => this.#follow(event));
    }
    this.#image.addEventListener("source", (event) => {
      this.#go(sheetAddress({ source: /** @type {CustomEvent<string>} */ (event).detail }));
    });
    this.#source.addEventListener("image", (event) => {
      this.#go(sheetAddress({ image: /** @type {CustomEvent<string>} */ (event).detail }));
    });
    this.#image.addEventListener("edited", (event) => {
      this.#images.listing.replace(/** @type {CustomEvent<import("./types.js").SkyImage>} */ (event).detail);
    });
    this.#image.addEventListener("close", () => this.#closed("image"));
    this.#source.addEventListener("close", () => this.#closed("source"));
    events.follow([...TOPICS]);
    for (const topic of TOPICS) events.addEventListener(topic, () => this.#soon(topic));
  }

  /** Show what the address says. */
  show() {
    const view = currentView();
    find("sky", HTMLElement).hidden = false;
    this.#search.show(true);
    for (const name of /** @type {View[]} */ (["images", "sources"])) this.#hosts[name].hidden = name !== view;
    this.#views.replaceChildren(link("images", "Images", view), link("sources", "Sources", view));
    const list = skyAddress(view, currentQuery());
    if (list !== this.#shown) {
      this.#shown = list;
      if (view === "images") this.#images.show(currentQuery());
      else this.#sources.show(currentQuery());
    }
    this.#showSheet();
  }

  /** Another tab is shown. */
  hide() {
    find("sky", HTMLElement).hidden = true;
    this.#search.show(false);
    this.#image.close();
    this.#source.close();
  }

  /** Read again what is shown. */
  refresh() {
    this.#changed("images");
    this.#changed("sources");
  }

  /** Go to the words, as the `/` key does. */
  search() {
    this.#search.focus();
  }

  #showSheet() {
    const { image, source } = currentSheet();
    // The one that is to be seen opens before the other one closes: their dialogs are a stack.
    if (image !== null) this.#image.open(image);
    if (source !== null) this.#source.open(source);
    if (image === null) this.#image.close();
    if (source === null) this.#source.close();
  }

  /** @param {"image" | "source"} kind of what was closed */
  #closed(kind) {
    const id = currentSheet()[kind];
    if (id === null || find("sky", HTMLElement).hidden) return;
    // One step back where a step forward led here; else the address alone changes.
    if (history.state?.opened) history.back();
    else {
      go(skyAddress(currentView(), currentQuery()), "replace");
      this.show();
    }
    if (kind === "image") this.#images.focus(id);
    else this.#sources.focus(id);
  }

  /** @param {string} address */
  #go(address) {
    go(address, "push", { opened: true });
    this.show();
  }

  /** Follow links on the page itself. @param {MouseEvent} event */
  #follow(event) {
    const target = event.target instanceof Element && event.target.closest("a");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!(target instanceof HTMLAnchorElement) || !plain) return;
    const { image, source, view } = target.dataset;
    if (!image && !source && !view) return;
    event.preventDefault();
    if (image) this.#go(sheetAddress({ image }));
    else if (source) this.#go(sheetAddress({ source }));
    else {
      go(target.href, "push");
      this.show();
    }
  }

  /** @param {"images" | "sources"} topic of what has changed */
  #soon(topic) {
    const now = performance.now();
    const due = this.#due[topic];
    if (due > now) return; // it is read then
    const wait = Math.max(0, due + REFRESH_MS - now);
    this.#due[topic] = now + wait;
    setTimeout(() => this.#changed(topic), wait);
  }

  /** @param {"images" | "sources"} topic */
  #changed(topic) {
    if (find("sky", HTMLElement).hidden) {
      this.#shown = null; // read when it is shown again
      return;
    }
    if (topic === "images") {
      if (currentView() === "images" && this.#images.atTop) this.#images.listing.refresh();
      this.#image.refresh();
    } else {
      if (currentView() === "sources") this.#sources.refresh();
      this.#source.refresh();
      this.#image.remeasure();
    }
  }
}

/** @param {View} view @param {string} text @param {View} shown */
const link = (view, text, shown) =>
  make("a", {
    href: skyAddress(view, {}),
    "data-view": view,
    "aria-current": view === shown ? "page" : null,
    text,
  });
