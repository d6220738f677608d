/** What a person changes: shown at once, sent in order, taken back where the server refuses. */

import { request, videoUrl } from "../api.js";

/** @typedef {import("../types.js").Video} Video */
/** @typedef {Partial<Pick<Video, "tags" | "rating" | "note">>} Fields */

/**
 * The edits of one video. `video` is what the server has said, with what is on its way on top.
 * Sends `change`.
 */
export class Edits extends EventTarget {
  /** @type {Video} */
  #confirmed;
  /** @type {Fields[]} */
  #pending = [];
  /** @type {Promise<void>} */
  #sent = Promise.resolve();

  /** @param {Video} video */
  constructor(video) {
    super();
    this.#confirmed = video;
  }

  /** @returns {Video} */
  get video() {
    return Object.assign({}, this.#confirmed, ...this.#pending);
  }

  get saving() {
    return this.#pending.length > 0;
  }

  /** @param {Video} video as the server just said */
  confirm(video) {
    this.#confirmed = video;
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
      const answer = await request(videoUrl(this.#confirmed.id), options);
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
