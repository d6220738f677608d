/** What the Sky tab shows is in the page's address, too. */

/** @typedef {import("../address.js").Query} Query */
/** @typedef {"images" | "sources"} View */

/** Names of the search form's fields, which {@link imagesUrl} and {@link sourcesUrl} understand. */
const FIELDS = {
  images: ["q", "sort", "kind", "grade", "field", "tag", "from", "to", "position", "radius"],
  sources: [
    "name",
    "sort",
    "position",
    "radius",
    "band",
    "grade",
    "min_flux",
    "min_v",
    "min_eta",
    "min_epochs",
  ],
};

const given = () => new URLSearchParams(location.search);

/** @returns {View} */
export const currentView = () => (given().get("view") === "sources" ? "sources" : "images");

/** @returns {Query} */
export function currentQuery() {
  const parameters = given();
  /** @type {Query} */
  const query = {};
  for (const name of FIELDS[currentView()]) {
    const value = parameters.get(name);
    if (value) query[name] = value;
  }
  return query;
}

/** What is open over the list, if anything. @returns {{image: string | null, source: string | null}} */
export function currentSheet() {
  const parameters = given();
  const image = parameters.get("image");
  return { image, source: image === null ? parameters.get("source") : null };
}

/**
 * The address of a list, and of what is open over it.
 *
 * @param {View} view
 * @param {Query} query
 * @param {{image?: string, source?: string}} [sheet]
 */
export function skyAddress(view, query, sheet = {}) {
  const parameters = new URLSearchParams({ tab: "sky" });
  if (view === "sources") parameters.set("view", view);
  for (const name of FIELDS[view]) if (query[name]) parameters.set(name, query[name]);
  for (const [name, id] of Object.entries(sheet)) if (id) parameters.set(name, id);
  return `?${parameters}`;
}

/** The address of an image or a source over the list that is shown. @param {{image?: string, source?: string}} sheet */
export const sheetAddress = (sheet) => skyAddress(currentView(), currentQuery(), sheet);
