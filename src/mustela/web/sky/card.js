/** One image of the sky in the grid. */

import { make } from "../element.js";
import * as format from "../format.js";
import { skyAddress } from "./address.js";
import * as mjd from "./mjd.js";
import * as quantity from "./quantities.js";
import { imageUrl } from "./urls.js";
import { gradeBadge, gradeWord, spoken } from "./words.js";

/** @typedef {import("./types.js").SkyImage} SkyImage */

/** @param {SkyImage} image */
export function makeCard(image) {
  const noise = quantity.brightness(image.noise_jy, image.units);
  return make(
    "li",
    { class: image.missing_since || image.retired_at ? "card sky missing" : "card sky" },
    make(
      "a",
      {
        href: skyAddress("images", {}, { image: image.id }),
        "data-image": image.id,
        title: format.visible(image.path),
        "aria-label": description(image),
      },
      frame(image),
      make("span", { class: "name", text: format.visible(image.filename), dir: "auto" }),
      make(
        "span",
        { class: "facts" },
        gradeBadge(image.grade),
        make("span", { class: "size", text: noise ? `rms ${noise}` : "noise not known" }),
      ),
      make(
        "span",
        { class: "said" },
        make("span", { class: "size", text: whenAndWhere(image), dir: "auto" }),
        image.rating ? make("span", { class: "stars", text: "★".repeat(image.rating) }) : null,
        ...image.tags.map((tag) => make("span", { class: "tag", text: format.visible(tag), dir: "auto" })),
      ),
    ),
  );
}

/** @param {SkyImage} image */
function frame(image) {
  const picture = make("img", {
    src: imageUrl(image.id, "thumbnail"),
    alt: "",
    loading: "lazy",
    decoding: "async",
    width: 256,
    height: 256,
  });
  const box = make("span", { class: "frame" }, picture);
  picture.addEventListener("load", () => box.classList.add("loaded"));
  picture.addEventListener("error", () => {
    picture.remove();
    box.classList.add("empty");
  });
  const gone = image.missing_since ? "Missing" : image.retired_at ? "Retired" : null;
  if (gone) box.append(make("span", { class: "gone", text: gone }));
  if (image.kind !== null) box.append(make("span", { class: "length", text: spoken(image.kind) }));
  return box;
}

/**
 * The middle of the observation, or what else is known of its time.
 *
 * @param {SkyImage} image
 */
const observed = (image) => image.mid_mjd ?? image.start_mjd ?? image.end_mjd;

/** @param {SkyImage} image */
const whenAndWhere = (image) =>
  [mjd.utcDay(observed(image)), image.field && format.visible(image.field)]
    .filter(Boolean)
    .join(" · ") || "no date";

/**
 * The card as a sentence, for who hears it.
 *
 * @param {SkyImage} image
 */
function description(image) {
  const noise = quantity.brightness(image.noise_jy, image.units);
  return [
    format.visible(image.filename),
    image.missing_since && "missing",
    image.retired_at && "retired",
    image.kind && spoken(image.kind),
    image.grade === null ? "not graded" : `grade ${gradeWord(image.grade).toLowerCase()}`,
    noise && `noise ${noise}`,
    image.field && `field ${format.visible(image.field)}`,
    mjd.utc(observed(image)),
    image.rating && `rated ${image.rating} of 5`,
    image.tags.length && `tagged ${image.tags.map(format.visible).join(", ")}`,
  ]
    .filter(Boolean)
    .join(", ");
}
