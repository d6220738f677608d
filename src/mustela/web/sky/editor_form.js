/** The form in which people grade, rate, tag and note what is on the sky. */

import { make } from "../element.js";

const GRADES = [
  ["", "As computed"],
  ["good", "Good"],
  ["warn", "Warning"],
  ["fail", "Fail"],
];

/** For {@link import("../editor.js").Editor}. */
export const editorForm = () =>
  make(
    "form",
    { class: "editor" },
    make(
      "fieldset",
      { class: "grades" },
      make("legend", { text: "Your grade" }),
      ...GRADES.map(([value, text]) =>
        make(
          "label",
          { class: value || "none" },
          make("input", { type: "radio", name: "grade_given", value }),
          make("span", { text }),
        ),
      ),
    ),
    make(
      "fieldset",
      { class: "rating" },
      make("legend", { text: "Rating" }),
      make("label", { class: "none" }, make("input", { type: "radio", name: "rating", value: "" }), make("span", { text: "None" })),
      ...[1, 2, 3, 4, 5].map((stars) =>
        make(
          "label",
          {},
          make("input", { type: "radio", name: "rating", value: stars }),
          make("span", { "aria-hidden": "true", text: "★" }),
          make("span", { class: "aside", text: stars === 1 ? "1 star" : `${stars} stars` }),
        ),
      ),
    ),
    make(
      "div",
      {},
      make("label", { text: "Tags" }),
      make("ul", { class: "tags", "data-part": "tags" }),
      make("input", {
        list: "known-tags",
        maxlength: 200,
        placeholder: "Add a tag",
        enterkeyhint: "done",
        "aria-label": "Add a tag",
        "data-part": "new-tag",
      }),
    ),
    make(
      "div",
      {},
      make("label", { text: "Note" }),
      make("textarea", { rows: 3, maxlength: 100000, "aria-label": "Note", "data-part": "note" }),
      make("button", { "data-part": "save-note", hidden: true, text: "Save the note" }),
    ),
    make("p", { class: "hint", role: "status", "data-part": "edit-state" }),
    make("p", { class: "error", role: "alert", "data-part": "edit-error" }),
  );
