/** What a person changes: shown at once, sent in order, taken back where the server refuses. */

import { request } from "./api.js";

/** @typedef {import("./types.js").Said} Said */
/** @typedef {Partial<Said>} Fields */

/**
 * The edits of one record. `item` is what the server has said, with what is on its way on top.
 * Sends `change`.
 *
 * @template {Said} T
 */
export class Edits extends EventTarget {
  /** @type {T} */
  #confirmed;
  #address;
  /** @type {Fields[]} */
  #pending = [];
  /** @type {Promise<void>} */
  #sent = Promise.resolve();

  /**
   * @param {T} item
   * @param {string} address where the server has it
   */
  constructor(item, address) {
    super();
    this.#confirmed = item;
    this.#address = address;
  }

  /** @returns {T} */
  get item() {
    return Object.assign({}, this.#confirmed, ...this.#pending);
  }

  get saving() {
    return this.#pending.length > 0;
  }

  /** @param {T} item as the server just said */
  confirm(item) {
    this.#confirmed = item;
    this.#changed();
  }

  /**
   * Change fields.
   *
   * @param {Fields} fields
   * @param {{leaving?: boolean}} [options] whether the page is being left
   * @returns {Promise<void>} rejects where the server refused; then the fields are as before
   */
  save(fields, { leaving = false } = {}) {
    this.#pending = [...this.#pending, fields];
    this.#changed();
    const send = () => this.#send(fields, leaving);
    const result = leaving ? send() : this.#sent.then(send);
    this.#sent = result.catch(() => undefined);
    return result;
  }

  /**
   * @param {Fields} fields
   * @param {boolean} leaving
   */
  async #send(fields, leaving) {
    try {
      const options = { method: "PATCH", body: fields, keepalive: leaving };
      const answer = await request(this.#address, options);
      this.#confirmed = answer ?? { ...this.#confirmed, ...fields };
    } finally {
      this.#pending = this.#pending.filter((one) => one !== fields);
      this.#changed();
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
