/** One record over the list: its facts, what people say of it, and what happened to it. */

import { request } from "../api.js";
import { Editor } from "../editor.js";
import { Edits } from "../edits.js";
import { make } from "../element.js";
import { showFacts } from "../facts_list.js";
import * as format from "../format.js";
import { showHistory } from "../history.js";
import { editorForm } from "./editor_form.js";

/** @typedef {import("../types.js").Said & {id: string}} Shown */

let sheets = 0;

/**
 * Sends `close`, and `edited` (detail: the record).
 *
 * @template {Shown} T
 */
export class Sheet extends EventTarget {
  #title = make("h2", { class: "sheet-title", id: `sheet-${++sheets}`, tabindex: -1, dir: "auto" });
  #error = make("p", { class: "sheet-error error", role: "alert" });
  #facts = make("div", { class: "facts" });
  #historyList = make("ol", { class: "history-list" });
  #history = make("details", {}, make("summary", { text: "History" }), this.#historyList);
  #form = editorForm();
  #editor = new Editor(this.#form);
  /** @type {Edits<T> | null} */
  #edits = null;
  #asked = "";
  #abort = new AbortController();
  /** What is special about this kind of record: put beside and below what all have. */
  watch = make("div", { class: "watch" });
  rest = make("div", { class: "rest" });
  dialog;

  /** @param {string} kind a class of its dialog */
  constructor(kind) {
    super();
    const close = make("button", { type: "button", "aria-label": "Close", "aria-keyshortcuts": "Escape", text: "×" });
    close.addEventListener("click", () => this.dialog.close());
    this.dialog = make(
      "dialog",
      { class: `sheet ${kind}`, "aria-labelledby": this.#title.id },
      make("header", {}, this.#title, close),
      this.#error,
      make("div", { class: "body" }, this.watch, this.#form, this.#facts, this.rest),
    );
    this.rest.append(this.#history);
    this.#history.addEventListener("toggle", () => this.#showHistory());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it
    });
    this.dialog.addEventListener("close", () => this.#onClose());
    document.body.append(this.dialog);
  }

  get id() {
    return this.#edits?.item.id ?? null;
  }

  /** Ends when another record is shown, or none. */
  get signal() {
    return this.#abort.signal;
  }

  /** @param {string} id */
  async open(id) {
    if (this.dialog.open && this.#asked === id) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this;
    this.#asked = id;
    this.#edits = null;
    this.dialog.classList.add("unknown");
    this.#title.textContent = "Loading…";
    this.#error.textContent = "";
    if (!this.dialog.open) {
      this.dialog.showModal();
      this.#title.focus();
    }
    this.dialog.scrollTop = 0;
    try {
      const item = await request(this.addressOf(id), { signal });
      if (!signal.aborted) this.#begin(item);
    } catch (error) {
      if (signal.aborted) return;
      this.#title.textContent = "Not to be shown";
      this.#error.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  /** Read it again: something of its kind has changed. */
  async refresh() {
    const edits = this.#edits;
    if (!edits || edits.saving) return;
    try {
      const item = await request(this.addressOf(edits.item.id), { signal: this.signal });
      if (this.#edits !== edits || edits.saving) return;
      const other = JSON.stringify(item) !== JSON.stringify(edits.item);
      if (other) edits.confirm(item);
      this.changed(item, other);
    } catch {
      // what is shown stays; whoever opens or edits it hears the reason
    }
  }

  /** @param {T} item */
  #begin(item) {
    const edits = new Edits(item, this.addressOf(item.id));
    this.#edits = edits;
    this.dialog.classList.remove("unknown");
    edits.addEventListener("change", () => {
      if (this.#edits === edits) this.#render();
      this.dispatchEvent(new CustomEvent("edited", { detail: edits.item }));
    });
    this.#editor.open(edits);
    this.#render();
    this.#showHistory();
    this.begin(item);
  }

  #render() {
    const edits = this.#edits;
    if (!edits) return;
    this.#title.textContent = format.visible(this.titleOf(edits.item));
    showFacts(this.#facts, this.factsOf(edits.item));
    this.#editor.render();
    if (!edits.saving) this.#showHistory();
  }

  #showHistory() {
    if (!this.#history.open || this.id === null) return;
    showHistory(this.#historyList, `${this.addressOf(this.id)}/history`, this.signal);
  }

  #onClose() {
    this.#editor.open(null);
    this.#abort.abort();
    this.#edits = null;
    this.#asked = "";
    this.ended();
    this.dispatchEvent(new Event("close"));
  }

  // ---- what each kind says

  /** @param {string} id @returns {string} */
  addressOf(id) {
    throw new Error(`nobody says where ${id} is`);
  }

  /** @param {T} item @returns {string} */
  titleOf(item) {
    return item.id;
  }

  /** @param {T} item @returns {import("../facts_list.js").FactGroup[]} */
  factsOf(item) {
    return [["", [["Id", item.id]]]];
  }

  /** Show what is special about it, for the first time. @param {T} _item */
  begin(_item) {}

  /** Something may have changed. @param {T} _item @param {boolean} _other whether the record has */
  changed(_item, _other) {}

  /** It is shown no longer. */
  ended() {}
}
