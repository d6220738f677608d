/** What changes on the server, as it happens. Where it cannot be heard, everything else goes on. */

import { connection, url } from "./api.js";

/** Changes that follow each other are told once in so long. */
const TOGETHER_MS = 500;
/** Until the next try after a refusal; after a broken connection the browser tries by itself. */
const RETRY_MS = 10000;

/** Sends an event of the topic's name when something of it has changed, or may have. */
export class Events extends EventTarget {
  /** Whether the server is heard. */
  live = false;
  #topics;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {Map<string, {again: boolean}>} topics that were told a moment ago */
  #told = new Map();

  /** @param {string[]} topics */
  constructor(topics) {
    super();
    this.#topics = topics;
    connection.addEventListener("back", () => {
      if (this.#source?.readyState === EventSource.CLOSED) this.#open();
    });
    this.#open();
  }

  /**
   * Hear of these topics, too.
   *
   * @param {string[]} topics
   */
  follow(topics) {
    const added = topics.filter((topic) => !this.#topics.includes(topic));
    if (!added.length) return;
    this.#topics = [...this.#topics, ...added];
    this.#source?.close();
    this.live = false;
    this.#open();
  }

  #open() {
    const source = new EventSource(url("events", { topics: this.#topics.join(",") }));
    this.#source = source;
    let first = true;
    source.addEventListener("open", () => {
      this.live = true;
      // A new source does not say what was heard last: there may have been changes since what is
      // shown was read. One that the browser opens again by itself does.
      if (first) this.#topics.forEach((topic) => this.#tell(topic));
      first = false;
    });
    source.addEventListener("error", () => {
      this.live = false;
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#source === source && this.#open(), RETRY_MS);
    });
    source.addEventListener("change", ({ data }) => this.#tell(JSON.parse(data).topic));
    source.addEventListener("gap", () => this.#topics.forEach((topic) => this.#tell(topic)));
  }

  /** @param {string} topic */
  #tell(topic) {
    const told = this.#told.get(topic);
    if (told) {
      told.again = true;
      return;
    }
    const now = { again: false };
    this.#told.set(topic, now);
    this.dispatchEvent(new Event(topic));
    setTimeout(() => {
      this.#told.delete(topic);
      if (now.again) this.#tell(topic);
    }, TOGETHER_MS);
  }
}
