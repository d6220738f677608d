/** Everything that is known of a video, in human form. What nobody knows is left out. */

import * as format from "../format.js";

/** @typedef {import("../types.js").Video} Video */
/** @typedef {import("../facts_list.js").Fact} Fact */

/**
 * @param {Video} video
 * @returns {import("../facts_list.js").FactGroup[]}
 */
export function factsOf(video) {
  return [
    ["Picture", pictureFacts(video)],
    ["Sound and text", soundFacts(video)],
    ["File", fileFacts(video)],
    ["Catalog", catalogFacts(video)],
  ];
}

/** @param {Video} video @returns {Fact[]} */
function pictureFacts(video) {
  const coded = format.picture(video.width, video.height);
  const shown = format.picture(video.display_width, video.display_height) ?? coded;
  return [
    ["Length", lengthOf(video)],
    ["Size", shown],
    ["Stored as", coded === shown ? null : coded],
    ["Rotation", video.rotation ? `${video.rotation}° clockwise` : null],
    ["Pixel shape", pixelShape(video)],
    ["Frame rate", format.frameRate(video.frame_rate_numerator, video.frame_rate_denominator)],
    ["Codec", format.codec(video.video_codec)],
    ["Pixel format", video.pixel_format],
    ["Dynamic range", format.hdr(video.hdr)],
    ["Scanning", fieldOrder(video.field_order)],
  ];
}

/** @param {Video} video @returns {Fact[]} */
function soundFacts(video) {
  const rate = video.audio_rate === null ? null : `${format.count(video.audio_rate)} Hz`;
  return [
    ["Sound", format.codec(video.audio_codec) ?? "none"],
    ["Channels", format.channels(video.audio_channels)],
    ["Sample rate", rate],
    ["Spoken languages", languages(video.audio_languages)],
    ["Subtitles", languages(video.subtitle_languages)],
  ];
}

/** @param {Video} video @returns {Fact[]} */
function fileFacts(video) {
  const exact = video.file_size === null ? "" : ` (${format.counted(video.file_size, "byte")})`;
  const size = format.bytes(video.file_size);
  return [
    ["Path", video.path],
    ["Container", video.container],
    ["File size", size && (video.file_size ?? 0) >= 1000 ? size + exact : size],
    ["Bit rate", format.bitRate(video.bit_rate)],
    ["Recorded", format.dateTime(video.recorded_at)],
    ["Start timecode", video.start_timecode],
    ["File changed", format.dateTime(video.modified_at)],
    ["Missing since", format.dateTime(video.missing_since)],
  ];
}

/** @param {Video} video @returns {Fact[]} */
function catalogFacts(video) {
  return [
    ["Catalogued", format.dateTime(video.created_at)],
    ["Updated", format.dateTime(video.updated_at)],
    ["Fingerprint", video.fingerprint],
    ["Id", video.id],
    ["Made by job", video.job_id],
  ];
}

/** @param {Video} video */
function lengthOf(video) {
  const frames = video.duration_frames;
  const length = format.duration(video.duration_seconds);
  if (frames === null) return length;
  const counted = `${video.frames_exact ? "" : "about "}${format.counted(frames, "frame")}`;
  return length === null ? counted : `${length} (${counted})`;
}

/** @param {Video} video */
function pixelShape(video) {
  const { pixel_aspect_numerator: across, pixel_aspect_denominator: down } = video;
  return !across || !down || across === down ? null : `${across}:${down}`;
}

/** @param {string | null} order which field comes first when stored, and which when shown */
const fieldOrder = (order) =>
  order === null
    ? null
    : ({
        tt: "interlaced, top field first",
        bb: "interlaced, bottom field first",
        tb: "interlaced, bottom field first (stored top first)",
        bt: "interlaced, top field first (stored bottom first)",
      }[order] ?? order);

/** @param {string[]} codes */
const languages = (codes) => (codes.length ? codes.map(format.language).join(", ") : null);
