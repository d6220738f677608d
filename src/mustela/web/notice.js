/** A line at the bottom of the page that says what just happened. */

import { find, make } from "./element.js";

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Stays for a while, and as long as the pointer or the focus is on it.
 *
 * @param {string} text
 * @param {{label: string, act: () => void}} [action]
 */
export function notice(text, action) {
  const host = find("notice", HTMLElement);
  const close = make("button", { type: "button", class: "remove", "aria-label": "Close", text: "×" });
  close.addEventListener("click", () => dismiss(host));
  const button = action && make("button", { type: "button", text: action.label });
  button?.addEventListener("click", () => {
    dismiss(host);
    action?.act();
  });
  host.replaceChildren(make("span", { text }), button ?? "", close);
  clearTimeout(timer);
  timer = setTimeout(function leave() {
    if (host.matches(":hover, :focus-within")) timer = setTimeout(leave, 2000);
    else dismiss(host);
  }, 12000);
}

/** @param {HTMLElement} host */
function dismiss(host) {
  clearTimeout(timer);
  host.replaceChildren();
}
