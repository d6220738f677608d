/** The jobs that are under way, as the server tells of them. */

import { connection, request, url } from "./api.js";

/** @typedef {import("./types.js").Job} Job */

/**
 * Where jobs are heard of: `tell` hears of every job that runs, and of each that is `watched`.
 * `wake` is called when there may be news.
 *
 * @typedef {(tell: (jobs: Job[]) => void, watched: () => string[]) => {wake: () => void}} Source
 */

const BUSY_MS = 1000;
const IDLE_MS = 10000;
/** While the server tells of changes. */
const TOLD_MS = 60000;
const ENDED = new Set(["completed", "failed", "timeout", "cancelled"]);

/** @param {Job} job */
export const isOver = (job) => ENDED.has(job.status);

/**
 * Ask each second while something runs, for progress is not told; else when the server tells of
 * a change, and seldom where it does not.
 *
 * @param {import("./events.js").Events} events
 * @returns {Source}
 */
export const heard = (events) => (tell, watched) => {
  const source = polled(tell, watched, () => (events.live ? TOLD_MS : IDLE_MS));
  events.addEventListener("jobs", source.wake);
  return source;
};

/**
 * Ask each second while something runs, seldom while nothing does or nobody looks.
 *
 * @param {(jobs: Job[]) => void} tell
 * @param {() => string[]} watched
 * @param {() => number} [idle] milliseconds
 */
export function polled(tell, watched, idle = () => IDLE_MS) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asking = false;
  let again = false;

  const ask = async () => {
    clearTimeout(timer);
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    let busy = false;
    try {
      const { items } = await request(url("jobs", { status: "running" }));
      const running = new Set(items.map((/** @type {Job} */ job) => job.id));
      const rest = watched().filter((id) => !running.has(id));
      const jobs = [...items, ...(await Promise.all(rest.map(one)))].filter((job) => job !== null);
      tell(jobs);
      busy = jobs.some((job) => !isOver(job));
    } catch {
      busy = !connection.lost; // whoever asks for something on the page hears the reason
    } finally {
      asking = false;
      const pause = again ? 0 : busy && !document.hidden ? BUSY_MS : idle();
      again = false;
      clearTimeout(timer);
      timer = setTimeout(ask, pause);
    }
  };

  document.addEventListener("visibilitychange", () => document.hidden || ask());
  connection.addEventListener("back", ask);
  ask();
  return { wake: ask };
}

/**
 * @param {string} id
 * @returns {Promise<Job | null>} null if there is none any more
 */
async function one(id) {
  try {
    return await request(url(`jobs/${encodeURIComponent(id)}`));
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}

/** Sends `change` when a job is different, and `finished` (detail: the job) when one is over. */
export class Jobs extends EventTarget {
  /** @type {Map<string, Job | null>} by id; null where nothing was heard of it yet */
  #known = new Map();
  #source;

  /** @param {Source} [source] */
  constructor(source = polled) {
    super();
    this.#source = source(
      (jobs) => this.#hear(jobs),
      () => [...this.#known.keys()],
    );
  }

  /** Those that are not over. */
  get active() {
    return [...this.#known.values()].filter((job) => job !== null);
  }

  /**
   * Follow a job that was just submitted to its end.
   *
   * @param {string} id
   */
  follow(id) {
    if (!this.#known.has(id)) this.#known.set(id, null);
    this.#source.wake();
  }

  /** @param {Job[]} jobs */
  #hear(jobs) {
    const told = new Map(jobs.map((job) => [job.id, job]));
    for (const id of this.#known.keys()) if (!told.has(id)) this.#known.delete(id);
    for (const [id, job] of told) {
      if (!isOver(job)) this.#known.set(id, job);
      else if (this.#known.delete(id)) this.#finished(job);
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Job} job */
  #finished(job) {
    this.dispatchEvent(new CustomEvent("finished", { detail: job }));
  }
}
