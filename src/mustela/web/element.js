/** Making elements. Text is only ever set as text: names of files are hostile. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] `text` is the
 *   text content; true is an attribute without a value; false, null and undefined leave it out
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = String(value ?? "");
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/**
 * The element of the page with this id.
 *
 * @template {HTMLElement} E
 * @param {string} id
 * @param {new () => E} kind
 * @returns {E}
 */
export function find(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}.`);
  return element;
}

/**
 * The part of an element that is marked with this `data-part`.
 *
 * @template {HTMLElement} E
 * @param {HTMLElement} host
 * @param {string} name
 * @param {new () => E} kind
 * @returns {E}
 */
export function part(host, name, kind) {
  const element = host.querySelector(`[data-part="${name}"]`);
  if (!(element instanceof kind)) throw new Error(`There is no ${kind.name} ${name} here.`);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  element.hidden = !shown;
}
