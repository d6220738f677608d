/** The form with which a person says something of a record: tags, rating, note, a grade. */

import { make, part, show } from "./element.js";
import * as format from "./format.js";
import { notice } from "./notice.js";

/** @typedef {import("./edits.js").Edits<any>} Edits */
/** @typedef {import("./edits.js").Fields} Fields */

/** Radio buttons by name; a field that the form has no buttons for is left alone. */
const CHOICES = /** @type {const} */ (["rating", "grade_given"]);

export class Editor {
  #form;
  #tags;
  #newTag;
  #note;
  #saveNote;
  #state;
  #error;
  /** @type {Edits | null} */
  #edits = null;
  /** What the note was when it was shown; what differs from it is a draft. */
  #shownNote = "";
  /** @type {string | null} the draft that is on its way to the server */
  #sentNote = null;

  /** @param {HTMLFormElement} form whose parts are marked with `data-part` */
  constructor(form) {
    this.#form = form;
    this.#tags = part(form, "tags", HTMLElement);
    this.#newTag = part(form, "new-tag", HTMLInputElement);
    this.#note = part(form, "note", HTMLTextAreaElement);
    this.#saveNote = part(form, "save-note", HTMLButtonElement);
    this.#state = part(form, "edit-state", HTMLElement);
    this.#error = part(form, "edit-error", HTMLElement);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.flush();
    });
    this.#newTag.addEventListener("keydown", (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== ",")) return;
      event.preventDefault();
      this.#addTags();
    });
    this.#newTag.addEventListener("change", () => this.#addTags());
    this.#form.addEventListener("change", (event) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement)) return;
      if (input.name === "rating") {
        this.#save({ rating: input.value === "" ? null : Number(input.value) });
      } else if (input.name === "grade_given") this.#save({ grade_given: input.value || null });
    });
    this.#note.addEventListener("input", () => this.#noteDraft());
    this.#note.addEventListener("change", () => this.#sendNote());
    this.#note.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#sendNote();
    });
    addEventListener("pagehide", () => this.flush({ leaving: true }));
  }

  /** @param {Edits | null} edits of the record that is open; what is unsaved is sent first */
  open(edits) {
    this.flush();
    this.#edits = edits;
    this.#error.textContent = "";
    this.#newTag.value = "";
    this.#sentNote = null;
    this.#note.value = this.#shownNote = edits?.item.note ?? "";
    this.render();
  }

  /** Show the record as it is now, but leave alone what is being written. */
  render() {
    if (!this.#edits) return;
    /** @type {import("./types.js").Said} */
    const said = this.#edits.item;
    const { tags, note } = said;
    this.#tags.replaceChildren(...tags.map((tag) => this.#tagElement(tag)));
    for (const name of CHOICES) {
      const value = String(said[name] ?? "");
      for (const input of this.#form.querySelectorAll(`input[name="${name}"]`)) {
        if (input instanceof HTMLInputElement) input.checked = input.value === value;
      }
    }
    if (this.#note.value === this.#shownNote) {
      this.#note.value = this.#shownNote = note ?? "";
    }
    this.#noteDraft();
    this.#state.textContent = this.#edits.saving ? "Saving…" : "";
  }

  /** @param {{leaving?: boolean}} [options] */
  flush(options) {
    this.#addTags(options);
    this.#sendNote(options);
  }

  /** @param {string} tag */
  #tagElement(tag) {
    const name = format.visible(tag);
    const remove = make("button", {
      type: "button",
      class: "remove",
      "aria-label": `Remove the tag ${name}`,
      text: "×",
    });
    remove.addEventListener("click", () => {
      this.#save({
        tags: this.#edits?.item.tags.filter((/** @type {string} */ one) => one !== tag),
      });
      this.#newTag.focus();
    });
    return make("li", { class: "tag" }, make("span", { text: name, dir: "auto" }), remove);
  }

  /** @param {{leaving?: boolean}} [options] */
  #addTags(options) {
    const written = this.#newTag.value.split(",").map((tag) => tag.trim()).filter(Boolean);
    this.#newTag.value = "";
    if (!this.#edits || !written.length) return;
    const tags = [...new Set([...this.#edits.item.tags, ...written])];
    if (tags.length > this.#edits.item.tags.length) this.#save({ tags }, options);
  }

  #noteDraft() {
    const text = this.#note.value;
    show(this.#saveNote, text !== this.#shownNote && text !== this.#sentNote);
  }

  /** @param {{leaving?: boolean}} [options] */
  async #sendNote(options) {
    const edits = this.#edits;
    const text = this.#note.value;
    if (!edits || text === this.#shownNote || text === this.#sentNote) return;
    this.#sentNote = text;
    const saved = await this.#save({ note: text.trim() === "" ? null : text }, options);
    if (this.#edits !== edits) return;
    // Where it was refused, what was written stays in the field, as a draft, to be sent again.
    if (saved) this.#shownNote = text;
    if (this.#sentNote === text) this.#sentNote = null;
    this.render();
  }

  /**
   * @param {Fields} fields
   * @param {{leaving?: boolean}} [options]
   * @returns {Promise<boolean>} whether it was saved
   */
  async #save(fields, options) {
    const edits = this.#edits;
    if (!edits) return false;
    this.#error.textContent = "";
    try {
      await edits.save(fields, options);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#edits === edits) {
        const what = "note" in fields ? "Your note is still in the field." : "It is as it was.";
        this.#error.textContent = `Not saved: ${reason} ${what}`;
      } else {
        const note = fields.note ? ` The note was: ${format.visible(fields.note)}` : "";
        notice(`${format.visible(edits.item.filename ?? edits.item.name)}: not saved: ${reason}${note}`);
      }
      return false;
    }
  }
}
