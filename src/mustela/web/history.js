/** What happened to a record, newest first. */

import { request } from "./api.js";
import { make } from "./element.js";
import * as format from "./format.js";

/** @typedef {import("./types.js").AuditEntry} AuditEntry */

const ACTIONS = {
  insert: "added it to the catalog",
  update: "changed",
  delete: "took it out of the catalog",
  restore: "brought it back",
};

/**
 * @param {HTMLElement} host is emptied first
 * @param {string} address of its history
 * @param {AbortSignal} signal
 */
export async function showHistory(host, address, signal) {
  host.replaceChildren(make("li", { text: "Loading…" }));
  try {
    const answer = await request(address, { signal });
    /** @type {AuditEntry[]} */
    const entries = Array.isArray(answer) ? answer : answer.items;
    const lines = entries.map(line);
    host.replaceChildren(...(lines.length ? lines : [make("li", { text: "Nothing yet." })]));
  } catch (error) {
    if (signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    host.replaceChildren(make("li", { class: "error", text: `Not to be read: ${reason}` }));
  }
}

/** @param {AuditEntry} entry */
function line(entry) {
  const changes = entry.action === "update" ? Object.keys(entry.after ?? {}) : [];
  return make(
    "li",
    {},
    make("p", {}, make("b", { text: whoOf(entry) }), ` ${what(entry, changes)} `, make("time", {
      datetime: entry.at,
      text: format.dateTime(entry.at) ?? "",
    })),
    changes.length
      ? make(
          "ul",
          {},
          ...changes.map((name) =>
            make(
              "li",
              {},
              `${format.capitalized(name.replaceAll("_", " "))}: `,
              make("del", { text: said(entry.before?.[name]), dir: "auto" }),
              " → ",
              make("ins", { text: said(entry.after?.[name]), dir: "auto" }),
            ),
          ),
        )
      : null,
  );
}

/** @param {AuditEntry} entry */
function whoOf({ actor }) {
  if (actor === "user:local") return "You";
  if (actor.startsWith("job:")) return "A job";
  return format.visible(actor.replace(/^user:/, ""));
}

/**
 * @param {AuditEntry} entry
 * @param {string[]} changes
 */
const what = (entry, changes) =>
  changes.length === 1
    ? `changed the ${changes[0].replaceAll("_", " ")}`
    : changes.length
      ? `changed ${format.counted(changes.length, "field")}`
      : (ACTIONS[entry.action] ?? entry.action);

/**
 * A value as audited: lists may be JSON text.
 *
 * @param {unknown} value
 * @returns {string}
 */
function said(value) {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.length ? value.map(said).join(", ") : "nothing";
  if (typeof value === "string" && value.startsWith("[")) {
    try {
      return said(JSON.parse(value));
    } catch {
      // a text that only looks like a list
    }
  }
  return format.visible(typeof value === "object" ? JSON.stringify(value) : String(value));
}
