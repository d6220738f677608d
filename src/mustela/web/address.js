/** What is shown is in the page's address: it can be kept, sent, and gone back to. */

/** The parameters of the list; each is one of the API's, except `q`. */
export const LIST_PARAMETERS = ["q", "sort", "codec", "min_height", "tag", "missing"];

/** @typedef {Record<string, string>} Query without the parameters that are empty */

/** @returns {Query} */
export function currentQuery() {
  const given = new URLSearchParams(location.search);
  /** @type {Query} */
  const query = {};
  for (const name of LIST_PARAMETERS) {
    const value = given.get(name);
    if (value) query[name] = value;
  }
  return query;
}

/** The tab that the address names: a collection's, or null for the first one. */
export const currentTab = () => new URLSearchParams(location.search).get("tab");

/** The video that is open, if any. */
export const currentVideo = () => new URLSearchParams(location.search).get("video");

/**
 * The address of this list, and of a video in it.
 *
 * @param {Query} query
 * @param {string | null} [video]
 */
export function addressOf(query, video = null) {
  const parameters = new URLSearchParams();
  for (const name of LIST_PARAMETERS) if (query[name]) parameters.set(name, query[name]);
  if (video) parameters.set("video", video);
  const text = parameters.toString();
  return text ? `?${text}` : location.pathname;
}

/**
 * @param {string} address
 * @param {"push" | "replace"} how
 * @param {object} [state]
 */
export function go(address, how, state = {}) {
  if (how === "push") history.pushState(state, "", address);
  else history.replaceState(state, "", address);
}
