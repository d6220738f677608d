/** The folders that are watched: scan them again, add one, see what a scan found. */

import { request, url } from "./api.js";
import { find, make } from "./element.js";
import * as format from "./format.js";
import { titleOf } from "./progress.js";
import { summary } from "./scan_result.js";

/** @typedef {import("./types.js").Root} Root */
/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").FileFailure} FileFailure */

const MOST_FAILURES = 200;
/**
 * Where a scan of each collection is ordered.
 * @type {Record<string, string>}
 */
const SCANS = { video: "videos/scan", radio: "images/scan" };

/** Sends `change` when the folders are known. */
export class Folders extends EventTarget {
  #panel = find("folders", HTMLElement);
  #button = find("folders-button", HTMLButtonElement);
  #list = find("roots", HTMLElement);
  #form = find("add-root", HTMLFormElement);
  #path = find("root-path", HTMLInputElement);
  #error = find("folders-error", HTMLElement);
  #results = find("scan-results", HTMLElement);
  #jobs;
  /** @type {Root[] | null} null as long as nobody knows */
  roots = null;

  /** @param {import("./jobs.js").Jobs} jobs */
  constructor(jobs) {
    super();
    this.#jobs = jobs;
    this.#button.addEventListener("click", () => this.toggle(Boolean(this.#panel.hidden)));
    find("folders-close", HTMLButtonElement).addEventListener("click", () => {
      this.toggle(false);
      this.#button.focus();
    });
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.toggle(false);
      this.#button.focus();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
    jobs.addEventListener("change", () => this.#noteBusy());
    jobs.addEventListener("finished", (event) => {
      this.#finished(/** @type {CustomEvent<Job>} */ (event).detail);
    });
  }

  /** @param {boolean} open */
  toggle(open) {
    this.#panel.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    if (open) this.load();
  }

  /** Show the panel with the field for a path ready. */
  ask() {
    this.toggle(true);
    this.#path.focus();
  }

  async load() {
    await this.#guard(async () => {
      /** @type {{items: Root[]}} */
      const { items } = await request(url("roots"));
      this.roots = items;
      const rows = items.map((root) => this.#row(root));
      this.#list.replaceChildren(...rows);
      this.#noteBusy();
      this.dispatchEvent(new Event("change"));
    });
  }

  /** @param {Root} root */
  #row(root) {
    const name = format.visible(root.name);
    const again = make("button", {
      type: "button",
      "data-root": root.id,
      "data-path": root.path,
      "aria-label": `Scan ${name} again`,
      text: "Scan again",
    });
    again.addEventListener("click", () => this.#scan(root));
    const when = format.dateTime(root.last_scan_at);
    const results = Object.values(root.last_scan ?? {}).map(summary).filter(Boolean);
    return make(
      "li",
      {},
      make(
        "div",
        {},
        make("b", { text: name, dir: "auto" }),
        make("span", { class: "path", text: format.visible(root.path), dir: "auto" }),
        make("span", {
          class: "hint",
          text: when ? [`Scanned ${when}`, ...results].join(": ") : "Not scanned yet",
        }),
        root.watch_note
          ? make("span", { class: "hint", text: format.capitalized(format.visible(root.watch_note)) })
          : null,
        root.problem ? make("span", { class: "error", text: format.visible(root.problem) }) : null,
      ),
      again,
    );
  }

  async #add() {
    const path = this.#path.value.trim();
    if (!path) return;
    await this.#guard(async () => {
      /** @type {Root} */
      const root = await request(url("roots"), { method: "POST", body: { path } });
      this.#path.value = "";
      await this.#scan(root);
      await this.load();
    });
  }

  /** @param {Root} root */
  async #scan({ path, collections }) {
    for (const route of collections.map((name) => SCANS[name]).filter(Boolean)) {
      await this.#guard(async () => {
        const job = await request(url(route), { method: "POST", body: { path } });
        this.#jobs.follow(job.job_id ?? job.id);
      });
    }
  }

  /** A folder that is being scanned cannot be scanned again. */
  #noteBusy() {
    const parameters = this.#jobs.active.map((job) => job.parameters ?? {});
    for (const button of this.#list.querySelectorAll("button")) {
      const { root, path } = button.dataset;
      button.disabled = parameters.some((one) => one.root_id === root || one.path === path);
    }
  }

  /** @param {Job} job */
  #finished(job) {
    const { result, error, status } = job;
    if (job.type.endsWith(".scan.part")) return; // the scan's own line says it all
    if (!job.type.endsWith(".scan") && status === "completed") return;
    const outcome =
      status === "completed" ? summary(result) || "done" : (error?.message ?? status);
    const item = make(
      "li",
      {},
      make("b", { text: titleOf(job, this.roots).replace(/^Scanning/, "Scanned"), dir: "auto" }),
      make("span", {
        class: status === "completed" ? "hint" : "error",
        text: format.capitalized(format.visible(outcome)),
      }),
      result?.problem ? make("span", { class: "error", text: format.visible(result.problem) }) : null,
    );
    if (result?.failed) item.append(this.#failures(job, result.failed));
    this.#results.prepend(item);
    this.load();
  }

  /**
   * @param {Job} job
   * @param {number} number
   */
  #failures(job, number) {
    const list = make("ul", { class: "failures" });
    const details = make(
      "details",
      {},
      make("summary", { text: `${format.counted(number, "file")} could not be read` }),
      list,
    );
    details.addEventListener("toggle", () => {
      if (details.open && !list.childElementCount) showFailures(list, job.id);
    });
    return details;
  }

  /** @param {() => Promise<void>} act */
  async #guard(act) {
    this.#error.textContent = "";
    try {
      await act();
    } catch (error) {
      this.#error.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

/**
 * @param {HTMLElement} list
 * @param {string} job
 */
async function showFailures(list, job) {
  try {
    const address = url(`jobs/${encodeURIComponent(job)}/errors`, { limit: MOST_FAILURES });
    /** @type {{items: FileFailure[]}} */
    const { items } = await request(address);
    list.replaceChildren(
      ...items.map(({ path, stage, message }) =>
        make(
          "li",
          {},
          make("span", { class: "path", text: format.visible(path), dir: "auto" }),
          make("span", {
            class: "hint",
            text: [stage, message].filter(Boolean).map((one) => format.visible(one ?? "")).join(": "),
          }),
        ),
      ),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    list.replaceChildren(make("li", { class: "error", text: `Not to be listed: ${reason}` }));
  }
}
