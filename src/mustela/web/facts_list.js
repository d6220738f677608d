/** Facts in groups, as lists of terms. What nobody knows is left out. */

import { make } from "./element.js";
import * as format from "./format.js";

/** @typedef {[label: string, value: string | null]} Fact */
/** @typedef {[group: string, facts: Fact[]]} FactGroup */

/**
 * @param {HTMLElement} host is emptied first
 * @param {FactGroup[]} groups
 */
export function showFacts(host, groups) {
  const sections = groups.map(([group, facts]) => {
    const told = facts.filter(([, value]) => value !== null && value !== "");
    const list = make("dl");
    for (const [label, value] of told) {
      list.append(
        make("dt", { text: label }),
        make("dd", { text: format.visible(value ?? ""), dir: "auto" }),
      );
    }
    return told.length ? make("section", {}, make("h3", { text: group }), list) : "";
  });
  host.replaceChildren(...sections);
}
