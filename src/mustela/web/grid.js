/**
 * A grid of any length of which only the rows in sight are in the document.
 *
 * Every card has the same size, so that a card's place follows from its index.
 */

const GAP = 16;
const NARROW_GAP = 10;
/** Rows above and below the window that are there already. */
const SPARE_ROWS = 2;
/** Rows below the window from which on more is asked for. */
const NEAR_END_ROWS = 6;

/**
 * @template {{id: string}} T
 */
export class Grid extends EventTarget {
  /** @type {HTMLElement} */
  #host;
  /** @type {(item: T) => HTMLElement} */
  #makeCard;
  /** @type {T[]} */
  #items = [];
  #total = 0;
  #columns = 1;
  #cardWidth = 0;
  #rowHeight = 300;
  #gap = GAP;
  #frame = 0;
  /** @type {Map<string, {item: T, element: HTMLElement}>} what is in the document, by id */
  #cards = new Map();

  /**
   * Sends `near-end` when the last rows come close.
   *
   * @param {HTMLElement} host a list
   * @param {(item: T) => HTMLElement} makeCard makes an `<li>` with one focusable element
   */
  constructor(host, makeCard) {
    super();
    this.#host = host;
    this.#makeCard = makeCard;
    addEventListener("scroll", () => this.#soon(), { passive: true });
    addEventListener("resize", () => this.#soon());
    new ResizeObserver(() => this.#measure()).observe(host);
    host.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /**
   * @param {T[]} items another array whenever something is different
   * @param {number} total how many there would be in all; -1 if nobody knows
   */
  show(items, total) {
    if (items === this.#items && total === this.#total) return;
    this.#items = items;
    this.#total = total;
    this.#render();
  }

  /** How far the window is scrolled below the first row, in pixels. */
  get depth() {
    return -this.#host.getBoundingClientRect().top;
  }

  /**
   * Bring a card into sight and focus it.
   *
   * @param {number} index
   */
  focus(index) {
    const item = this.#items[index];
    if (!item) return;
    const top = this.#host.getBoundingClientRect().top + this.#rowOf(index) * this.#rowHeight;
    if (top < 160 || top + this.#rowHeight > innerHeight) {
      scrollBy({ top: top - (innerHeight - this.#rowHeight) / 2, behavior: "instant" });
    }
    this.#render();
    this.#focusable(this.#cards.get(item.id)?.element)?.focus({ preventScroll: true });
  }

  /** @param {number} index */
  #rowOf(index) {
    return Math.floor(index / this.#columns);
  }

  /** @param {HTMLElement | undefined} element */
  #focusable(element) {
    return element?.querySelector("a") ?? null;
  }

  #soon() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  /** Columns and row height follow from the width; what was at the top stays there. */
  #measure() {
    const width = this.#host.clientWidth;
    if (!width) return;
    const depth = this.depth;
    const first = Math.max(0, Math.floor(depth / this.#rowHeight)) * this.#columns;
    this.#gap = width < 600 ? NARROW_GAP : GAP;
    const wanted = width < 600 ? 150 : Math.min(Math.max(220, width / 9), 360);
    this.#columns = Math.max(1, Math.floor((width + this.#gap) / (wanted + this.#gap)));
    this.#cardWidth = (width + this.#gap) / this.#columns - this.#gap;
    for (const { element } of this.#cards.values()) element.style.width = `${this.#cardWidth}px`;
    this.#render();
    if (depth > 0 && first) {
      scrollBy({ top: this.#rowOf(first) * this.#rowHeight - this.depth, behavior: "instant" });
    }
  }

  #render() {
    if (!this.#cardWidth || !this.#host.clientWidth) return; // not to be seen
    const rows = Math.ceil(this.#items.length / this.#columns);
    const depth = this.depth;
    const firstRow = Math.max(0, Math.floor(depth / this.#rowHeight) - SPARE_ROWS);
    const lastRow = Math.ceil((depth + innerHeight) / this.#rowHeight) + SPARE_ROWS;
    const first = firstRow * this.#columns;
    this.#place(first, this.#items.slice(first, Math.max(first, lastRow * this.#columns)));
    this.#host.style.height = rows ? `${rows * this.#rowHeight - this.#gap}px` : "0";
    if (this.#learnHeight()) this.#render();
    else if (rows - NEAR_END_ROWS < lastRow) this.dispatchEvent(new Event("near-end"));
  }

  /**
   * @param {number} first the index of the first of them
   * @param {T[]} visible
   */
  #place(first, visible) {
    const wanted = new Set(visible.map((item) => item.id));
    for (const [id, { element }] of this.#cards) {
      // The focus stays where it is, even out of sight.
      if (!wanted.has(id) && !this.#staysFocused(id, element)) {
        element.remove();
        this.#cards.delete(id);
      }
    }
    /** @type {Element | null} */
    let before = null;
    visible.forEach((item, offset) => {
      const element = this.#cardOf(item);
      const index = first + offset;
      const column = index % this.#columns;
      const x = column * (this.#cardWidth + this.#gap);
      const y = this.#rowOf(index) * this.#rowHeight;
      element.style.transform = `translate(${x}px, ${y}px)`;
      element.setAttribute("aria-posinset", String(index + 1));
      element.setAttribute("aria-setsize", String(this.#total));
      element.dataset.index = String(index);
      // In the document in order, for the Tab key; moved only where it is not, as moving blurs.
      const due = /** @type {Element | null} */ (before ? before.nextElementSibling : null);
      if (!element.isConnected || (before && due !== element)) {
        if (before) before.after(element);
        else this.#host.prepend(element);
      }
      before = element;
    });
  }

  /**
   * @param {string} id
   * @param {HTMLElement} element
   */
  #staysFocused(id, element) {
    return element.contains(document.activeElement) && this.#items.some((item) => item.id === id);
  }

  /** @param {T} item */
  #cardOf(item) {
    const known = this.#cards.get(item.id);
    if (known?.item === item) return known.element;
    const element = this.#makeCard(item);
    element.style.width = `${this.#cardWidth}px`;
    if (known) {
      const focused = known.element.contains(document.activeElement);
      known.element.replaceWith(element);
      if (focused) this.#focusable(element)?.focus({ preventScroll: true });
    }
    this.#cards.set(item.id, { item, element });
    return element;
  }

  /** Whether the rows turned out to have another height than was thought. */
  #learnHeight() {
    const card = this.#host.firstElementChild;
    if (!(card instanceof HTMLElement) || !card.offsetHeight) return false;
    const height = card.offsetHeight + this.#gap;
    if (height === this.#rowHeight) return false;
    this.#rowHeight = height;
    return true;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const row = this.#columns;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row };
    const step = steps[event.key];
    const card = event.target instanceof Element && event.target.closest("li");
    if (!step || !card || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const index = Number(card.dataset.index) + step;
    if (index < 0 || index >= this.#items.length) return;
    event.preventDefault();
    this.focus(index);
  }
}
