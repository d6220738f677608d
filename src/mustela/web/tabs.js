/** The tabs: one for each collection that has folders. */

import { make, show } from "./element.js";

/** @typedef {import("./types.js").Root} Root */
/** @typedef {{collection: string, name: string, title: string, address: () => string}} Tab */

/** Sends `choose` (detail: the tab's name) when another one is asked for. */
export class Tabs extends EventTarget {
  #host;
  #tabs;
  #shown = "";

  /**
   * @param {HTMLElement} host
   * @param {Tab[]} tabs in their order
   */
  constructor(host, tabs) {
    super();
    this.#host = host;
    this.#tabs = tabs;
    host.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a");
      const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
      if (!(link instanceof HTMLElement) || !plain) return;
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("choose", { detail: link.dataset.tab }));
    });
  }

  /**
   * Offer those of the collections that have folders; one alone is no choice.
   *
   * @param {Root[]} roots
   * @returns {string[]} names of the tabs that are offered
   */
  offer(roots) {
    const offered = this.#tabs.filter(({ collection }) =>
      roots.some((root) => root.collections.includes(collection)),
    );
    const links = offered.map(({ name, title, address }) =>
      make("a", { href: address(), "data-tab": name, text: title }),
    );
    const names = offered.map(({ name }) => name);
    if (names.join() !== [...this.#host.children].map(nameOf).join()) {
      this.#host.replaceChildren(...links);
    }
    show(this.#host, links.length > 1);
    this.mark(this.#shown);
    return names;
  }

  /** @param {string} name of the tab that is shown */
  mark(name) {
    this.#shown = name;
    for (const link of this.#host.children) {
      if (nameOf(link) === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}

/** @param {Element} link */
const nameOf = (link) => (link instanceof HTMLElement ? link.dataset.tab : undefined);
