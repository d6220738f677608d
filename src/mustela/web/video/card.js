/** One video in the grid. */

import { addressOf } from "../address.js";
import { videoUrl } from "../api.js";
import { make } from "../element.js";
import * as format from "../format.js";

/** @typedef {import("../types.js").Video} Video */

/** @param {Video} video */
export function makeCard(video) {
  return make(
    "li",
    { class: video.missing_since ? "card missing" : "card" },
    make(
      "a",
      {
        href: addressOf({}, video.id),
        "data-video": video.id,
        title: format.visible(video.path),
        "aria-label": description(video),
      },
      frame(video),
      make("span", { class: "name", text: format.visible(video.filename), dir: "auto" }),
      make("span", { class: "facts" }, ...facts(video)),
      make("span", { class: "said" }, rating(video), ...tags(video)),
    ),
  );
}

/** @param {Video} video */
function frame(video) {
  const image = make("img", {
    src: videoUrl(video.id, "thumbnail"),
    alt: "",
    loading: "lazy",
    decoding: "async",
    width: video.display_width ?? video.width ?? 16,
    height: video.display_height ?? video.height ?? 9,
  });
  const box = make("span", { class: "frame" }, image);
  image.addEventListener("load", () => box.classList.add("loaded"));
  image.addEventListener("error", () => {
    image.remove();
    box.classList.add("empty");
  });
  if (video.missing_since) box.append(make("span", { class: "gone", text: "Missing" }));
  const hdr = format.hdr(video.hdr);
  if (hdr) box.append(make("span", { class: "hdr", text: hdr }));
  const length = format.duration(video.duration_seconds);
  if (length) box.append(make("span", { class: "length", text: length }));
  return box;
}

/** @param {Video} video */
function facts(video) {
  const codec = format.codec(video.video_codec ?? video.audio_codec);
  return [
    make("span", { class: "size", text: sizeOf(video) ?? "no picture" }),
    codec === null ? null : make("span", { class: "badge", text: codec }),
  ].filter((one) => one !== null);
}

/** @param {Video} video */
function rating(video) {
  if (!video.rating) return null;
  return make("span", { class: "stars" }, "★".repeat(video.rating), make("span", {
    class: "unlit",
    text: "★".repeat(Math.max(0, 5 - video.rating)),
  }));
}

/** @param {Video} video */
function tags(video) {
  return video.tags.map((tag) =>
    make("span", { class: "tag", text: format.visible(tag), dir: "auto" }),
  );
}

/** @param {Video} video */
const sizeOf = (video) =>
  format.picture(video.display_width ?? video.width, video.display_height ?? video.height);

/**
 * The card as a sentence, for who hears it.
 *
 * @param {Video} video
 */
function description(video) {
  return [
    format.visible(video.filename),
    video.missing_since && "missing",
    format.duration(video.duration_seconds),
    sizeOf(video),
    format.codec(video.video_codec),
    format.hdr(video.hdr),
    video.rating && `rated ${video.rating} of 5`,
    video.tags.length && `tagged ${video.tags.map(format.visible).join(", ")}`,
  ]
    .filter(Boolean)
    .join(", ");
}
