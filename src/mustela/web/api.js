/** Asking the server: problem documents become errors, an absent server is noticed. */

import { askForToken } from "./session.js";

const BASE = new URL("api/v1/", document.baseURI);
const RETRY_MS = 2000;

/** The server answered with an error: `title` in two words, `detail` what to do. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} detail
   * @param {string} code
   */
  constructor(status, title, detail, code) {
    super(detail || title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.code = code;
  }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
    this.name = "Unreachable";
  }
}

/** Sends `lost` when the server stops answering, `back` when it does again. */
class Connection extends EventTarget {
  lost = false;

  noteLost() {
    if (this.lost) return;
    this.lost = true;
    this.dispatchEvent(new Event("lost"));
    setTimeout(() => this.#probe(), RETRY_MS);
  }

  noteBack() {
    if (!this.lost) return;
    this.lost = false;
    this.dispatchEvent(new Event("back"));
  }

  async #probe() {
    try {
      await fetch(url("health/live"), { cache: "no-store" });
      this.noteBack();
    } catch {
      setTimeout(() => this.#probe(), RETRY_MS);
    }
  }
}

export const connection = new Connection();

/**
 * The URL of a path below the API.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [parameters] empty ones are left out
 */
export function url(path, parameters = {}) {
  const address = new URL(path, BASE);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") {
      address.searchParams.set(name, String(value));
    }
  }
  return address.href;
}

/**
 * An address that the server gave, where it is one of its own.
 *
 * @param {string} address relative to the server
 * @throws {Problem} where it leads elsewhere
 */
export function local(address) {
  const target = new URL(address, BASE);
  if (target.origin !== BASE.origin) throw new Problem(0, "Refused", "Not our server.", "foreign");
  return target.href;
}

/**
 * The parts of a video, by its id.
 *
 * @param {string} id
 * @param {"" | "stream" | "thumbnail" | "history"} [part]
 */
export const videoUrl = (id, part = "") =>
  url(`videos/${encodeURIComponent(id)}${part ? `/${part}` : ""}`);

/**
 * One request; answers the decoded body, null where there is none.
 *
 * @param {string} address from {@link url}, or the `next` of a page
 * @param {{method?: string, body?: unknown, signal?: AbortSignal, keepalive?: boolean}} [options]
 * @returns {Promise<any>}
 * @throws {Problem | Unreachable | DOMException} the last one if the signal aborts it
 */
export async function request(address, { method = "GET", body, signal, keepalive } = {}) {
  const target = new URL(local(address));
  for (;;) {
    const response = await send(target, { method, body, signal, keepalive });
    if (response.ok) return read(response);
    const problem = await problemOf(response);
    if (response.status !== 401 || !(await askForToken(problem, openSession))) throw problem;
  }
}

/**
 * @param {URL} target
 * @param {{method: string, body?: unknown, signal?: AbortSignal, keepalive?: boolean}} options
 */
async function send(target, { method, body, signal, keepalive }) {
  try {
    const response = await fetch(target, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      keepalive,
    });
    connection.noteBack();
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.noteLost();
    throw new Unreachable();
  }
}

/** @param {Response} response */
async function read(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
}

/**
 * What an answer that is an error says; a proxy's may be no problem document.
 *
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function problemOf(response) {
  const fallback = response.statusText || `Error ${response.status}`;
  try {
    const { title, detail, code } = await response.json();
    return new Problem(response.status, String(title ?? fallback), String(detail ?? ""), code);
  } catch {
    return new Problem(response.status, fallback, `The server answered ${response.status}.`, "");
  }
}

/**
 * Give the token to the server, which keeps it in a cookie that scripts cannot read.
 *
 * @param {string} token
 */
async function openSession(token) {
  const options = { method: "POST", body: { token } };
  const response = await send(new URL("session", BASE), options);
  if (!response.ok) throw await problemOf(response);
}
