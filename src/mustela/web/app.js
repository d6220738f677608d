/** The page: what each part says is passed on to the others here, and nowhere else. */

import { addressOf, currentQuery, currentTab, currentVideo, go } from "./address.js";
import { connection, request, url, videoUrl } from "./api.js";
import { find, show } from "./element.js";
import { Events } from "./events.js";
import { Folders } from "./folders.js";
import * as format from "./format.js";
import { Jobs, heard } from "./jobs.js";
import { notice } from "./notice.js";
import { showProgress } from "./progress.js";
import { Tabs } from "./tabs.js";
import { Library } from "./video/library.js";
import { Player } from "./video/player.js";
import { Search } from "./video/search.js";

/** @typedef {import("./types.js").Video} Video */
/** @typedef {import("./sky/sky.js").Sky} Sky */

const search = new Search();
const library = new Library();
const player = new Player();
const events = new Events(["jobs", "video"]);
const jobs = new Jobs(heard(events));
const folders = new Folders(jobs);
const tabs = new Tabs(find("tabs", HTMLElement), [
  { collection: "video", name: "library", title: "Library", address: () => addressOf({}) },
  { collection: "radio", name: "sky", title: "Sky", address: () => "?tab=sky" },
]);

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
  showTab();
  if (shownTab !== "library") return;
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

// ---- tabs

/** @type {Promise<Sky> | null} what it needs is only loaded when it is first shown */
let sky = null;
let shownTab = "library";
let firstTab = "library";

/** Show the tab that the address names. */
async function showTab() {
  const wanted = (currentTab() ?? firstTab) === "sky" ? "sky" : "library";
  const other = wanted !== shownTab;
  shownTab = wanted;
  tabs.mark(wanted);
  show(find("library", HTMLElement), wanted === "library");
  show(find("search", HTMLFormElement), wanted === "library");
  if (wanted === "sky") {
    if (other) player.close();
    sky ??= import("./sky/sky.js").then((module) => new module.Sky(events));
    const opened = await sky;
    if (shownTab === "sky") opened.show();
  } else if (other) (await sky)?.hide();
  if (other) scrollTo({ top: 0, behavior: "instant" });
}

tabs.addEventListener("choose", (event) => {
  const { detail } = /** @type {CustomEvent<string>} */ (event);
  if (detail === shownTab) return;
  go(detail === "sky" ? "?tab=sky" : addressOf({}), "push");
  showTab();
  if (detail === "library") {
    search.read();
    library.show(currentQuery());
  }
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
  if (shownTab === "sky") sky?.then((opened) => opened.refresh());
  else if (library.atTop) library.listing.refresh();
  else notice("The catalog has changed.", { label: "Show", act: () => library.show(currentQuery()) });
});
folders.addEventListener("change", () => {
  const [first = "library"] = tabs.offer(folders.roots ?? []);
  if (first !== firstTab) {
    firstTab = first;
    showTab();
  }
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
  if (shownTab === "sky") sky?.then((opened) => opened.search());
  else search.focus();
});
folders.load();
showTab();
library.show(currentQuery()).then(() => {
  const video = currentVideo();
  if (video !== null && player.id === null) open(video);
});
