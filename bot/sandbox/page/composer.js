import { byId, h } from "./dom.js";
import { summary } from "./format.js";
import { icon } from "./icons.js";

const TALLEST = 0.35; // of the window's height

/** The text area, what is replied to or edited, and the button that sends. */
export class Composer {
  #mode = null; // {kind: "reply" | "edit", message}

  /** @param {(text, mode) => Promise<boolean>} send; what isn't sent comes back into the text area */
  constructor({ send, onTyping }) {
    Object.assign(this, { send, onTyping });
    this.form = byId("composer");
    this.text = byId("text");
    this.bar = byId("mode-bar");
    this.button = byId("send-button");
    this.button.append(icon("send"), icon("check"));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("input", () => this.#changed());
  }

  get replyTo() {
    return this.#mode?.kind === "reply" ? this.#mode.message.message_id : undefined;
  }

  write(text) {
    this.#setText(text);
    this.text.focus();
  }

  reply(message) {
    this.#setMode({ kind: "reply", message });
    this.text.focus();
  }

  edit(message) {
    this.#setMode({ kind: "edit", message });
    this.#setText(message.text ?? message.caption);
    this.text.focus();
  }

  /** Leaves replying and editing, when it is about this message or about any. */
  leaveMode(messageId) {
    if (!this.#mode || (messageId && this.#mode.message.message_id !== messageId)) return;
    if (this.#mode.kind === "edit") this.#setText("");
    this.#setMode(null);
  }

  /** Throws away what was written. */
  clear() {
    this.#setText("");
  }

  /** What was written so far becomes the caption of what is being attached. */
  takeCaption() {
    return this.#mode?.kind === "edit" ? "" : this.#takeText();
  }

  #takeText() {
    const text = this.text.value.trim();
    this.#setText("");
    return text;
  }

  async #submit(event) {
    event.preventDefault();
    const mode = this.#mode;
    const text = this.#takeText();
    if (!text) return;
    this.#setMode(null);
    if (!(await this.send(text, mode))) this.giveBack(text, mode);
  }

  giveBack(text, mode = this.#mode) {
    if (this.text.value) return;
    this.#setText(text);
    this.#setMode(mode);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") this.leaveMode();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #setText(text) {
    this.text.value = text;
    this.#changed();
  }

  #changed() {
    this.button.disabled = !this.text.value.trim();
    grow(this.text);
    this.onTyping(this.text.value);
  }

  #setMode(mode) {
    this.#mode = mode;
    this.bar.hidden = !mode;
    this.form.classList.toggle("editing", mode?.kind === "edit");
    this.button.setAttribute("aria-label", mode?.kind === "edit" ? "Save" : "Send");
    this.bar.replaceChildren(...(mode ? this.#barContent(mode) : []));
  }

  #barContent({ kind, message }) {
    const title = kind === "edit" ? "Edit message" : `Reply to ${message.outgoing ? "yourself" : message.from.first_name}`;
    const cancel = h("button", { type: "button", class: "plain", "aria-label": "Cancel", onclick: () => this.leaveMode() }, icon("close"));
    const words = h("p", {}, h("b", {}, title), h("span", {}, summary(message)));
    return [icon(kind === "edit" ? "edit" : "back"), words, cancel];
  }
}

/** A text area that is as high as what is written in it. */
export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight * TALLEST)}px`;
}
