/** Playing a file in the browser, and saying why that does not work where it does not. */

import { problemOf, videoUrl } from "../api.js";
import * as format from "../format.js";

/** @typedef {import("../types.js").Video} Video */

export class Playback {
  #player;
  #say;
  /** @type {Video | null} */
  #video = null;

  /**
   * @param {HTMLVideoElement} player
   * @param {(why: string | null) => void} say what cannot be played, null if all is well
   */
  constructor(player, say) {
    this.#player = player;
    this.#say = say;
    player.addEventListener("error", () => this.#explain());
    player.addEventListener("loadedmetadata", () => this.#checkPicture());
  }

  /** @param {Video} video */
  load(video) {
    this.#video = video;
    this.#say(null);
    this.#player.poster = videoUrl(video.id, "thumbnail");
    this.#player.autoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#player.src = videoUrl(video.id, "stream");
  }

  /** Stop, and let go of the connection. */
  unload() {
    this.#video = null;
    this.#player.pause();
    this.#player.removeAttribute("src");
    this.#player.removeAttribute("poster");
    this.#player.load();
  }

  toggle() {
    if (this.#player.paused) this.#player.play().catch(() => undefined); // "error" explains
    else this.#player.pause();
  }

  #checkPicture() {
    const video = this.#video;
    if (video?.video_codec && !this.#player.videoWidth) {
      this.#say(`This browser plays the sound, but not the picture (${kindOf(video)}).`);
    }
  }

  async #explain() {
    const video = this.#video;
    if (!video) return;
    const why = (await refusal(video)) ?? `This browser cannot play ${kindOf(video)}.`;
    if (this.#video === video) this.#say(why);
  }
}

/** @param {Video} video */
function kindOf(video) {
  const codecs = [format.codec(video.video_codec), format.codec(video.audio_codec)];
  const kind = codecs.filter(Boolean).join(" with ") || "this kind of file";
  return video.container ? `${kind} in ${format.visible(video.container)}` : kind;
}

/**
 * Why the server does not hand out the file; null if it does.
 *
 * @param {Video} video
 */
async function refusal(video) {
  try {
    const response = await fetch(videoUrl(video.id, "stream"), {
      headers: { Range: "bytes=0-0" },
      cache: "no-store",
    });
    if (!response.ok) return (await problemOf(response)).message;
    await response.body?.cancel();
    return null;
  } catch {
    return "The server does not answer.";
  }
}
