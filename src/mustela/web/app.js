/** The page: what each part says is passed on to the others here, and nowhere else. */

import { addressOf, currentQuery, currentVideo, go } from "./address.js";
import { connection, request, url, videoUrl } from "./api.js";
import { find, show } from "./element.js";
import { Events } from "./events.js";
import { Folders } from "./folders.js";
import * as format from "./format.js";
import { Jobs, heard } from "./jobs.js";
import { notice } from "./notice.js";
import { showProgress } from "./progress.js";
import { Library } from "./video/library.js";
import { Player } from "./video/player.js";
import { Search } from "./video/search.js";

/** @typedef {import("./types.js").Video} Video */

const search = new Search();
const library = new Library();
const player = new Player();
const events = new Events(["jobs", "video"]);
const jobs = new Jobs(heard(events));
const folders = new Folders(jobs);

// ---- the list

search.addEventListener("query", () => library.show(currentQuery()));
library.addEventListener("change", () => {
  search.suggest(library.listing.items.slice(0, 500).flatMap((video) => video.tags));
});
library.addEventListener("add-folder", () => folders.ask());
events.addEventListener("video", () => library.refresh());

// ---- one video

find("videos", HTMLElement).addEventListener("click", (event) => {
  const card = event.target instanceof Element && event.target.closest("a[data-video]");
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!(card instanceof HTMLElement) || !plain) return;
  event.preventDefault();
  const id = card.dataset.video ?? "";
  go(addressOf(currentQuery(), id), "push", { opened: true });
  open(id);
});

/** @param {string} id */
function open(id) {
  const index = library.indexOf(id);
  const known = library.listing.items[index] ?? null;
  if (index >= library.listing.items.length - 2) library.listing.more();
  player.open(id, known, {
    previous: index > 0,
    following: index >= 0 && index + 1 < library.listing.items.length,
  });
}

player.addEventListener("step", (event) => {
  const { detail } = /** @type {CustomEvent<number>} */ (event);
  const index = library.indexOf(player.id ?? "");
  const next = index < 0 ? undefined : library.listing.items[index + detail];
  if (!next) return;
  go(addressOf(currentQuery(), next.id), "replace", history.state);
  open(next.id);
});
player.addEventListener("close", () => {
  const id = currentVideo();
  if (id === null) return;
  // One step back where a step forward led here; else the address alone changes.
  if (history.state?.opened) history.back();
  else go(addressOf(currentQuery()), "replace");
  library.focus(id);
});
player.addEventListener("edited", (event) => {
  library.listing.replace(/** @type {CustomEvent<Video>} */ (event).detail);
});
player.addEventListener("deleted", (event) => {
  const video = /** @type {CustomEvent<Video>} */ (event).detail;
  library.listing.remove(video.id);
  notice(`${format.visible(video.filename)} is out of the catalog. The file was not touched.`, {
    label: "Undo",
    act: () => restore(video),
  });
});

/**
 * Takes back that a video was taken out, with all that had been said of it.
 *
 * @param {Video} video
 */
async function restore(video) {
  try {
    const [entry] = await request(`${videoUrl(video.id, "history")}?limit=1`);
    await request(url(`audit/${encodeURIComponent(entry.id)}/revert`), { method: "POST" });
    await library.listing.refresh();
    notice(`${format.visible(video.filename)} is in the catalog again.`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    notice(`${format.visible(video.filename)} could not be brought back: ${error.message}`);
  }
}

// ---- the address

let shownList = addressOf(currentQuery());
search.addEventListener("query", () => {
  shownList = addressOf(currentQuery());
});
addEventListener("popstate", () => {
  const list = addressOf(currentQuery());
  if (list !== shownList) {
    shownList = list;
    search.read();
    library.show(currentQuery());
  }
  const video = currentVideo();
  if (video === null) player.close();
  else if (video !== player.id) open(video);
});

// ---- jobs and folders

const surroundings = () => ({
  folders: folders.roots?.length ?? null,
  scanning: jobs.active.some((job) => job.type.endsWith(".scan")),
});
const renderJobs = () =>
  showProgress(find("progress", HTMLElement), jobs.active, folders.roots);
jobs.addEventListener("change", () => {
  renderJobs();
  library.note(surroundings());
  if (surroundings().scanning) library.refresh();
});
jobs.addEventListener("finished", () => {
  if (library.atTop) library.listing.refresh();
  else notice("The catalog has changed.", { label: "Show", act: () => library.show(currentQuery()) });
});
folders.addEventListener("change", () => {
  renderJobs();
  library.note(surroundings());
});

// ---- the server, and keys

const banner = find("unreachable", HTMLElement);
connection.addEventListener("lost", () => show(banner, true));
connection.addEventListener("back", () => {
  show(banner, false);
  folders.load();
});
addEventListener("keydown", (event) => {
  const writing = event.target instanceof Element && event.target.closest("input, textarea, select");
  if (event.key !== "/" || writing || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  search.focus();
});
find("filters-button", HTMLButtonElement).addEventListener("click", (event) => {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  find("filters", HTMLElement).classList.toggle("open", open);
});

folders.load();
library.show(currentQuery()).then(() => {
  const video = currentVideo();
  if (video !== null && player.id === null) open(video);
});
