import { h, prefersStillness } from "./dom.js";
import { icon } from "./icons.js";

const NEAR_THE_END = 56; // px

/** Stays with the newest message until the person scrolls up; then counts what they miss. */
export class Scroller {
  #following = true;
  #missed = 0;
  #lastTop = 0;
  #laidOut = [0, 0]; // px: heights of the content and its window at the last scroll to the end

  constructor(element, content, button) {
    Object.assign(this, { element, content, button });
    button.append(icon("down"), h("span", { class: "count" }));
    button.addEventListener("click", () => this.toEnd(true));
    element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const follow = new ResizeObserver(() => this.#following && this.#jump());
    follow.observe(content);
    follow.observe(element);
  }

  /** A message has arrived that the person may not see. */
  arrived() {
    if (this.#following) return;
    this.#missed += 1;
    this.#show();
  }

  toEnd(smooth = false) {
    this.#following = true;
    this.#missed = 0;
    this.#laidOut = this.#heights();
    this.#show();
    if (!smooth || prefersStillness()) this.#jump();
    else this.element.scrollTo({ top: this.element.scrollHeight, behavior: "smooth" });
  }

  toNode(node) {
    this.#following = false;
    node.scrollIntoView({ block: "center", behavior: prefersStillness() ? "auto" : "smooth" });
    node.classList.remove("flash");
    node.getBoundingClientRect(); // lets the animation start anew
    node.classList.add("flash");
  }

  #jump() {
    this.element.scrollTop = this.element.scrollHeight;
    this.#laidOut = this.#heights();
  }

  #heights() {
    return [this.element.scrollHeight, this.element.clientHeight];
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    // Where something shrank and grew since, the browser has moved it, and the next jump is near.
    const moved = this.#heights().some((height, place) => height !== this.#laidOut[place]);
    if (atEnd) {
      this.#following = true;
      this.#missed = 0;
      this.#laidOut = this.#heights();
    } else if (scrollTop < this.#lastTop - 1 && !(this.#following && moved)) this.#following = false;
    this.#lastTop = scrollTop;
    this.#show();
  }

  #show() {
    this.button.hidden = this.#following;
    const count = this.button.querySelector(".count");
    count.textContent = this.#missed || "";
    count.hidden = !this.#missed;
  }
}
