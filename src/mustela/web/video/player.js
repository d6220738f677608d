/** One video: play it, see what is known of it, say something of it. */

import { request, videoUrl } from "../api.js";
import { Editor } from "../editor.js";
import { Edits } from "../edits.js";
import { find, show } from "../element.js";
import { showFacts } from "../facts_list.js";
import * as format from "../format.js";
import { showHistory } from "../history.js";
import { factsOf } from "./facts.js";
import { Playback } from "./playback.js";

/** @typedef {import("../types.js").Video} Video */

/**
 * Sends `close`; `step` (detail: -1 or 1); `edited` and `deleted` (detail: the video).
 */
export class Player extends EventTarget {
  #dialog = find("player", HTMLDialogElement);
  #title = find("player-title", HTMLElement);
  #error = find("player-error", HTMLElement);
  #obstacle = find("obstacle", HTMLElement);
  #obstacleWhy = find("obstacle-why", HTMLElement);
  #facts = find("facts", HTMLElement);
  #history = find("history", HTMLDetailsElement);
  #historyList = find("history-list", HTMLElement);
  #confirm = find("confirm-delete", HTMLElement);
  #delete = find("delete", HTMLButtonElement);
  #editor = new Editor(find("editor", HTMLFormElement));
  #playback;
  /** @type {Edits<Video> | null} */
  #edits = null;
  #abort = new AbortController();

  constructor() {
    super();
    this.#playback = new Playback(find("video", HTMLVideoElement), (why) => {
      show(this.#obstacle, why !== null);
      this.#obstacleWhy.textContent = why ?? "";
    });
    this.#dialog.addEventListener("close", () => this.#onClose());
    this.#dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // beside it
    });
    this.#history.addEventListener("toggle", () => this.#showHistory());
    this.#on("player-close", () => this.#dialog.close());
    this.#on("previous", () => this.#step(-1));
    this.#on("following", () => this.#step(1));
    this.#on("delete", () => this.#askToDelete(true));
    this.#on("keep", () => this.#askToDelete(false));
    this.#on("really-delete", () => this.#reallyDelete());
  }

  get id() {
    return this.#edits?.item.id ?? null;
  }

  /**
   * @param {string} id
   * @param {Video | null} known what the list says of it
   * @param {{previous: boolean, following: boolean}} neighbours whether there are any
   */
  async open(id, known, neighbours) {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    find("previous", HTMLButtonElement).disabled = !neighbours.previous;
    find("following", HTMLButtonElement).disabled = !neighbours.following;
    this.#dialog.classList.add("unknown");
    this.#error.textContent = "";
    this.#askToDelete(false);
    if (!this.#dialog.open) {
      this.#dialog.showModal();
      this.#title.focus();
    }
    this.#dialog.scrollTop = 0;
    if (known) this.#begin(known);
    else this.#title.textContent = "Loading…";
    try {
      const video = await request(videoUrl(id), { signal });
      if (known) this.#edits?.confirm(video);
      else this.#begin(video);
    } catch (error) {
      if (signal.aborted) return;
      if (!known) this.#title.textContent = "Not to be shown";
      this.#error.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  /** @param {Video} video */
  #begin(video) {
    const edits = new Edits(video, videoUrl(video.id));
    this.#edits = edits;
    this.#dialog.classList.remove("unknown");
    edits.addEventListener("change", () => {
      if (this.#edits === edits) this.#render();
      this.#send("edited", edits.item);
    });
    this.#editor.open(edits);
    this.#playback.load(video);
    const download = find("download", HTMLAnchorElement);
    download.href = `${videoUrl(video.id, "stream")}?download=true`;
    this.#render();
    this.#showHistory();
  }

  #render() {
    const video = this.#edits?.item;
    if (!video) return;
    this.#title.textContent = format.visible(video.filename);
    show(find("player-missing", HTMLElement), video.missing_since !== null);
    showFacts(this.#facts, factsOf(video));
    this.#editor.render();
    if (!this.#edits?.saving) this.#showHistory();
  }

  #showHistory() {
    if (this.#history.open && this.id) {
      showHistory(this.#historyList, videoUrl(this.id, "history"), this.#abort.signal);
    }
  }

  #onClose() {
    this.#abort.abort();
    this.#editor.open(null);
    this.#playback.unload();
    this.#edits = null;
    this.dispatchEvent(new Event("close"));
  }

  /** @param {boolean} asking */
  #askToDelete(asking) {
    show(this.#confirm, asking);
    show(this.#delete, !asking);
    if (asking) find("keep", HTMLButtonElement).focus();
    else if (this.#confirm.contains(document.activeElement)) this.#delete.focus();
  }

  async #reallyDelete() {
    const video = this.#edits?.item;
    if (!video) return;
    try {
      await request(videoUrl(video.id), { method: "DELETE" });
      this.#send("deleted", video);
      if (this.id === video.id) this.#dialog.close();
    } catch (error) {
      this.#askToDelete(false);
      this.#error.textContent = `Not taken out: ${error instanceof Error ? error.message : error}`;
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target;
    // Where arrows and the space bar have a meaning of their own, they keep it.
    if (target instanceof Element && target.closest("input, textarea, select, video")) return;
    if (event.key === "ArrowLeft") this.#step(-1);
    else if (event.key === "ArrowRight") this.#step(1);
    else if (event.key === " " && !(target instanceof Element && target.closest("button, a, summary"))) {
      this.#playback.toggle();
    } else return;
    event.preventDefault();
  }

  /** @param {-1 | 1} by */
  #step(by) {
    this.#send("step", by);
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #send(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /**
   * @param {string} id
   * @param {() => void} act
   */
  #on(id, act) {
    find(id, HTMLButtonElement).addEventListener("click", act);
  }
}
