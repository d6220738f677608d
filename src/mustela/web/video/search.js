/** The search for videos, which offers the tags that were seen. */

import { addressOf, currentQuery } from "../address.js";
import { find, make } from "../element.js";
import { SearchForm } from "../search_form.js";

/** Sends `query` when another list is asked for. */
export class Search extends SearchForm {
  #tags = find("known-tags", HTMLDataListElement);

  constructor() {
    super(find("search", HTMLFormElement), { query: currentQuery, address: addressOf });
  }

  /**
   * Offer the tags that were seen.
   *
   * @param {Iterable<string>} tags
   */
  suggest(tags) {
    const known = new Set([...this.#tags.options].map((option) => option.value));
    for (const tag of tags) {
      if (known.has(tag) || known.size >= 200) continue;
      known.add(tag);
      this.#tags.append(make("option", { value: tag }));
    }
  }
}
