/** The table of sources: sorted by its headers, page by page. */

import { request } from "../api.js";
import { make } from "../element.js";
import * as format from "../format.js";
import { sheetAddress } from "./address.js";
import { declination, rightAscension } from "./angles.js";
import * as quantity from "./quantities.js";
import { gradeBadge, staleBadge } from "./words.js";
import { sourcesUrl } from "./urls.js";

/** @typedef {import("./types.js").SkySource} SkySource */
/** @typedef {import("../address.js").Query} Query */

/** @typedef {object} Column
 * @property {string} title
 * @property {string} [hint]
 * @property {string} [sort]  the API's name
 * @property {boolean} [falling]  whether people want the largest first
 * @property {(source: SkySource) => Node | string | null} cell
 * @property {(source: SkySource) => Node | null} [mark]  what is said beside it
 */

/** @type {Column[]} */
const COLUMNS = [
  {
    title: "Name",
    sort: "name",
    cell: (source) =>
      make("a", {
        href: sheetAddress({ source: source.id }),
        "data-source": source.id,
        text: format.visible(source.name),
        dir: "auto",
      }),
    mark: ({ stale }) => (stale ? staleBadge() : null),
  },
  { title: "RA", hint: "ICRS", sort: "ra_deg", cell: ({ ra_deg: ra }) => rightAscension(ra, 2) },
  { title: "Dec", hint: "ICRS", sort: "dec_deg", cell: ({ dec_deg: dec }) => declination(dec, 1) },
  { title: "Band", cell: ({ band, stokes }) => band && format.visible(`${band} ${stokes ?? ""}`.trim()) },
  { title: "Epochs", sort: "n_epochs", falling: true, cell: ({ n_epochs: n }) => quantity.plain(n, 4) },
  {
    title: "Mean peak",
    hint: "Mean peak flux density per beam",
    sort: "peak_mean_jy",
    falling: true,
    cell: (source) => quantity.flux(source.peak_mean_jy),
  },
  {
    title: "V",
    hint: "Standard deviation over mean of the peak flux density",
    sort: "peak_v",
    falling: true,
    cell: (source) => quantity.plain(source.peak_v),
  },
  {
    title: "η",
    hint: "Reduced chi-squared of a constant peak flux density",
    sort: "peak_eta",
    falling: true,
    cell: (source) => quantity.plain(source.peak_eta),
  },
  {
    title: "Best Vs",
    hint: "Difference of the two epochs that differ most, in units of its error",
    sort: "peak_vs",
    falling: true,
    cell: (source) => quantity.plain(source.peak_vs),
  },
  { title: "Grade", cell: (source) => (source.grade === null ? null : gradeBadge(source.grade)) },
];
const PAGE = 100;
const DEFAULT_SORT = "-n_epochs";

/** Sends `sort` (detail: what the list is to be sorted by) when a header is chosen. */
export class Sources extends EventTarget {
  #count = make("p", { class: "count", role: "status" });
  #head = make("tr");
  #rows = make("tbody");
  #table = make("table", { class: "sources" }, make("thead", {}, this.#head), this.#rows);
  #previous = make("button", { type: "button", text: "← Previous" });
  #next = make("button", { type: "button", text: "Next →" });
  #pager = make("nav", { class: "pager", "aria-label": "Pages" }, this.#previous, this.#next);
  #said = make("div", { class: "empty", role: "status", hidden: true });
  /** @type {Query} */
  #query = {};
  /** Addresses of the pages up to the one that is shown. @type {string[]} */
  #pages = [];
  /** Those that were asked for last, which may not be here yet. @type {string[]} */
  #asked = [];
  /** @type {string | null} */
  #following = null;
  #abort = new AbortController();

  /** @param {HTMLElement} host is filled */
  constructor(host) {
    super();
    host.append(
      this.#count,
      make("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Sources" }, this.#table),
      this.#said,
      this.#pager,
    );
    this.#next.addEventListener("click", () => this.#turn([...this.#pages, this.#following ?? ""]));
    this.#previous.addEventListener("click", () => this.#turn(this.#pages.slice(0, -1)));
    this.#head.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest("button");
      if (!(button instanceof HTMLElement)) return;
      this.dispatchEvent(new CustomEvent("sort", { detail: button.dataset.sort }));
    });
  }

  /** @param {Query} query */
  async show(query) {
    this.#query = query;
    this.#renderHead();
    await this.#load([sourcesUrl(query, PAGE)]);
  }

  /** Read the page again that is shown, or that is on its way. */
  async refresh() {
    if (this.#asked.length) await this.#load(this.#asked);
  }

  /** @param {string[]} pages */
  async #turn(pages) {
    scrollTo({ top: 0, behavior: "instant" });
    await this.#load(pages);
  }

  /** @param {string[]} pages the last one is to be shown */
  async #load(pages) {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    this.#asked = pages;
    this.#table.setAttribute("aria-busy", "true");
    try {
      const page = await request(pages[pages.length - 1], { signal });
      if (signal.aborted) return;
      this.#pages = pages;
      this.#following = page.next;
      this.#render(page);
    } catch (error) {
      if (signal.aborted) return;
      const retry = make("button", { type: "button", text: "Try again" });
      retry.addEventListener("click", () => this.#load(pages));
      this.#rows.replaceChildren();
      this.#count.textContent = "";
      this.#say(
        make("h2", { text: "The list could not be read" }),
        make("p", { text: error instanceof Error ? error.message : String(error) }),
        retry,
      );
    }
    this.#table.removeAttribute("aria-busy");
  }

  /** @param {import("../types.js").Page<SkySource>} page */
  #render({ items, total, total_is_exact: isExact, next }) {
    const focused = document.activeElement instanceof HTMLElement && document.activeElement.dataset.source;
    const first = (this.#pages.length - 1) * PAGE;
    const counted = format.counted(total, "source");
    const range = items.length && total > items.length ? `${format.count(first + 1)}–${format.count(first + items.length)} of ` : "";
    this.#count.textContent = `${range}${isExact ? "" : "more than "}${counted}`;
    this.#rows.replaceChildren(...items.map(row));
    if (focused) this.focus(focused);
    this.#previous.disabled = this.#pages.length < 2;
    this.#next.disabled = next === null;
    this.#pager.hidden = this.#previous.disabled && this.#next.disabled;
    const { sort, ...asked } = this.#query;
    if (items.length) this.#say();
    else if (Object.keys(asked).length) {
      this.#say(make("h2", { text: "Nothing found" }), make("p", { text: "No source satisfies these filters." }));
    } else {
      this.#say(
        make("h2", { text: "No sources yet" }),
        make("p", { text: "They come from source finding or from catalogues beside the images." }),
      );
    }
  }

  /** @param {string} id */
  focus(id) {
    for (const link of this.#rows.querySelectorAll("a")) if (link.dataset.source === id) link.focus();
  }

  /** @param {...Node} nodes nothing where the table says it all */
  #say(...nodes) {
    this.#said.replaceChildren(...nodes);
    this.#said.hidden = !nodes.length;
    this.#table.hidden = Boolean(nodes.length);
  }

  #renderHead() {
    const sorted = this.#query.sort ?? DEFAULT_SORT;
    const focused = document.activeElement instanceof HTMLElement && document.activeElement.dataset.field;
    this.#head.replaceChildren(...COLUMNS.map((column) => header(column, sorted)));
    for (const button of this.#head.querySelectorAll("button")) {
      if (focused && button.dataset.field === focused) button.focus();
    }
  }
}

/** @param {Column} column @param {string} sorted */
function header({ title, hint, sort, falling }, sorted) {
  if (!sort) return make("th", { scope: "col", title: hint, text: title });
  const now = sorted === sort ? "ascending" : sorted === `-${sort}` ? "descending" : null;
  const other = now ? now === "ascending" : falling;
  return make(
    "th",
    { scope: "col", "aria-sort": now, title: hint },
    make(
      "button",
      { type: "button", "data-sort": other ? `-${sort}` : sort, "data-field": sort },
      title,
      make("span", { "aria-hidden": "true", text: now ? (now === "ascending" ? " ▲" : " ▼") : "" }),
    ),
  );
}

/** @param {SkySource} source */
const row = (source) =>
  make(
    "tr",
    {},
    ...COLUMNS.map(({ cell, mark }, index) =>
      make(index ? "td" : "th", index ? {} : { scope: "row" }, cell(source) ?? "–", mark?.(source) ?? null),
    ),
  );
