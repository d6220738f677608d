/** A picture that is moved and enlarged: by wheel, pointers, buttons and keys. */

import { make } from "../element.js";

/** @typedef {{x: number, y: number}} Point in pixels of the picture, or of the screen */

const LARGEST = 40;
const STEP = 1.5;

/** Sends `move` when another part is shown, `point` (detail: a {@link Point} or null) and `pick`. */
export class Viewport extends EventTarget {
  #stage;
  /** The part of the screen that it takes up, and what it shows there. */
  #scale = 1;
  #left = 0;
  #top = 0;
  #width = 1;
  #height = 1;
  /** Whether the whole picture is shown, and stays so when the window changes. */
  #whole = true;
  /** @type {Map<number, Point>} pointers that are down, where they are on the screen */
  #pointers = new Map();
  #moved = 0;

  /** @param {HTMLElement} stage what is moved: it fills its place */
  constructor(stage) {
    super();
    this.#stage = stage;
    this.element = make(
      "div",
      {
        class: "viewport",
        tabindex: 0,
        role: "group",
        "aria-label": "Picture. Arrow keys move it, plus and minus enlarge and reduce it, 0 shows all of it.",
      },
      stage,
      make("span", { class: "crosshair", "aria-hidden": "true" }),
    );
    const { element } = this;
    new ResizeObserver(() => (this.#whole ? this.reset() : this.#place())).observe(element);
    element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      element.addEventListener(name, (event) => this.#onUp(event));
    }
    element.addEventListener("pointerleave", () => this.#point(null));
    element.addEventListener("keydown", (event) => this.#onKey(event));
    element.addEventListener("dblclick", (event) => this.zoom(STEP * STEP, this.#onScreen(event)));
  }

  /** How many pixels of the screen one of the picture is wide. */
  get scale() {
    return this.#scale;
  }

  /** What is in the middle. @returns {Point} */
  get middle() {
    return this.#inPicture({ x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 });
  }

  /** The shorter side of what is shown, in pixels of the picture. */
  get extent() {
    const { clientWidth, clientHeight } = this.element;
    return Math.min(clientWidth, clientHeight) / this.#scale;
  }

  /**
   * Show a picture of another size: the same part of it where `keep`, else all of it.
   *
   * @param {number} width
   * @param {number} height
   * @param {boolean} keep
   */
  show(width, height, keep) {
    const factor = this.#width / width;
    [this.#width, this.#height] = [width, height];
    if (!keep || this.#whole) this.reset();
    else {
      this.#scale *= factor;
      this.#place();
    }
  }

  /** Show all of it. */
  reset() {
    const { clientWidth, clientHeight } = this.element;
    if (!clientWidth || !clientHeight) return;
    this.#scale = Math.min(clientWidth / this.#width, clientHeight / this.#height);
    this.#left = (clientWidth - this.#width * this.#scale) / 2;
    this.#top = (clientHeight - this.#height * this.#scale) / 2;
    this.#whole = true;
    this.#place();
  }

  /**
   * @param {number} factor
   * @param {Point} [about] stays where it is; the middle if it is not given
   */
  zoom(factor, about = { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 }) {
    const { clientWidth, clientHeight } = this.element;
    const least = Math.min(clientWidth / this.#width, clientHeight / this.#height);
    if (this.#scale * factor <= least) {
      this.reset();
      return;
    }
    const scale = Math.min(this.#scale * factor, Math.max(LARGEST, least * 8));
    this.#left = about.x - ((about.x - this.#left) * scale) / this.#scale;
    this.#top = about.y - ((about.y - this.#top) * scale) / this.#scale;
    this.#scale = scale;
    this.#whole = false;
    this.#place();
  }

  /** @param {number} x @param {number} y pixels of the screen */
  pan(x, y) {
    this.#left += x;
    this.#top += y;
    this.#whole = false;
    this.#place();
  }

  #place() {
    const { clientWidth, clientHeight } = this.element;
    const [width, height] = [this.#width * this.#scale, this.#height * this.#scale];
    // Its middle half stays in sight.
    this.#left = Math.min(Math.max(this.#left, clientWidth / 2 - width), clientWidth / 2);
    this.#top = Math.min(Math.max(this.#top, clientHeight / 2 - height), clientHeight / 2);
    const { style } = this.#stage;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.transform = `translate(${this.#left}px, ${this.#top}px)`;
    this.#stage.classList.toggle("enlarged", this.#scale > 1.5);
    this.dispatchEvent(new Event("move"));
  }

  /** @param {MouseEvent} event @returns {Point} */
  #onScreen(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {Point} point of the screen @returns {Point} */
  #inPicture({ x, y }) {
    // The middle of the first pixel is 0, its edge a half less.
    return { x: (x - this.#left) / this.#scale - 0.5, y: (y - this.#top) / this.#scale - 0.5 };
  }

  /** @param {Point | null} point of the screen */
  #point(point) {
    const detail = point && this.#inPicture(point);
    this.dispatchEvent(new CustomEvent("point", { detail }));
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    this.zoom(Math.exp((-event.deltaY * lines) / 400), this.#onScreen(event));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0) return;
    this.#pointers.set(event.pointerId, this.#onScreen(event));
    if (this.#pointers.size === 1) this.#moved = 0;
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const now = this.#onScreen(event);
    this.#point(now);
    if (!event.buttons) this.#pointers.delete(event.pointerId); // it was let go of elsewhere
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    this.#moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.#moved < 4) return; // a hand is never still
    this.element.setPointerCapture(event.pointerId);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (!other) this.pan(now.x - before.x, now.y - before.y);
    else {
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      if (apart) this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / apart, middle);
    }
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    this.#pointers.delete(event.pointerId);
  }

  /** Whether the click that just came was the end of a movement. */
  get dragged() {
    return this.#moved >= 4;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = 48;
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowLeft: () => this.pan(step, 0),
      ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step),
      ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoom(STEP),
      "=": () => this.zoom(STEP),
      "-": () => this.zoom(1 / STEP),
      0: () => this.reset(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
    this.#point({ x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 });
  }
}
