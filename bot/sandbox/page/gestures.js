const LONG_PRESS = 450; // milliseconds
const STILL = 10; // px that a finger may tremble
const SWIPE = 56; // px to the left for a reply
const FARTHEST = 80; // px

/** Touch: a long press or a right click opens a message's menu, a swipe to the left replies. */
export class Gestures {
  #touch = null;
  #swallowClick = false;

  constructor(element, { onMenu, onReply }) {
    Object.assign(this, { element, onMenu, onReply });
    element.addEventListener("contextmenu", (event) => this.#contextMenu(event));
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", () => this.#up());
    element.addEventListener("pointercancel", () => this.#end());
    element.addEventListener("click", (event) => this.#click(event), true);
  }

  #contextMenu(event) {
    const row = bubbleRow(event.target);
    if (!row || hasSelection() || event.target.closest("a")) return;
    event.preventDefault();
    if (event.pointerType !== "touch") this.onMenu(row, { left: event.clientX, top: event.clientY });
  }

  #down(event) {
    this.#swallowClick = false;
    const row = bubbleRow(event.target);
    if (event.pointerType !== "touch" || !row) return;
    const place = { left: event.clientX, top: event.clientY };
    this.#touch = { row, place, shift: 0, timer: setTimeout(() => this.#pressed(), LONG_PRESS) };
  }

  #pressed() {
    const { row, place } = this.#touch;
    this.#swallowClick = true;
    this.#end();
    this.onMenu(row, place);
  }

  #move(event) {
    if (!this.#touch) return;
    const { row, place, timer } = this.#touch;
    const [dx, dy] = [event.clientX - place.left, event.clientY - place.top];
    if (Math.hypot(dx, dy) > STILL) clearTimeout(timer);
    if (Math.abs(dy) > Math.abs(dx)) return;
    this.#touch.shift = Math.max(-FARTHEST, Math.min(0, dx));
    row.style.setProperty("--swipe", `${this.#touch.shift}px`);
  }

  #up() {
    const touch = this.#touch;
    this.#end();
    if (!touch || touch.shift > -SWIPE) return;
    this.#swallowClick = true;
    this.onReply(touch.row);
  }

  #end() {
    clearTimeout(this.#touch?.timer);
    this.#touch?.row.style.removeProperty("--swipe");
    this.#touch = null;
  }

  /** The finger that made a gesture doesn't also tap what lies under it. */
  #click(event) {
    if (!this.#swallowClick) return;
    this.#swallowClick = false;
    event.preventDefault();
    event.stopPropagation();
  }
}

const hasSelection = () => !document.getSelection().isCollapsed;

/** The row whose bubble was touched; the buttons under it are no part of the bubble. */
const bubbleRow = (target) => target.closest(".bubble")?.closest(".row");
