import { h } from "./dom.js";
import { icon } from "./icons.js";
import { isWebLink } from "./links.js";

const LONGEST_WAIT = 10_000; // milliseconds; a bot that answers later is not waited for

const keyOf = (messageId, button) => `${messageId} ${button.data ?? button.text}`;

/** Buttons in rows under a bubble. A tapped one spins until the bot has answered. */
export function keyboard(message, chat) {
  const rows = message.keyboard.map((buttons) =>
    h("div", { class: "keys" }, buttons.map((button) => key(message, button, chat))),
  );
  return h("div", { class: "keyboard" }, rows);
}

function key(message, button, chat) {
  if (button.inline !== undefined) return shareKey(button, chat);
  return button.url ? linkKey(button, chat) : dataKey(message, button, chat);
}

/** Opens a chat to be chosen, with the bot's name and the button's words typed in. */
function shareKey(button, chat) {
  const share = () => chat.onShare(button.inline);
  return h("button", { type: "button", class: "key", onclick: share, dataset: { testid: "button" } }, h("span", {}, button.text));
}

function linkKey(button, chat) {
  const follow = (event) => chat.onLink(button.url) && event.preventDefault();
  const href = isWebLink(button.url) ? button.url : null;
  return h(
    "a",
    { class: "key", href, target: "_blank", rel: "noopener noreferrer", onclick: follow, dataset: { testid: "button" } },
    h("span", {}, button.text),
    icon("outside"),
  );
}

function dataKey(message, button, chat) {
  const key = keyOf(message.message_id, button);
  const waiting = chat.taps.isWaiting(key);
  return h(
    "button",
    {
      type: "button",
      class: waiting ? "key waiting" : "key",
      "aria-busy": String(waiting),
      dataset: { testid: "button", key },
      onclick: () => chat.taps.tap(message, button, key),
    },
    h("span", {}, button.text),
  );
}

/** The taps that wait for their answer, across every redrawing of the message they belong to. */
export class Taps {
  #waiting = new Map(); // key -> timer
  #asked = new Map(); // callback query id -> key
  #early = new Set(); // answers that overtook the response to their own tap

  /** @param {(message, button) => Promise<{callback_query_id: string}>} send */
  constructor({ send, onError }) {
    Object.assign(this, { send, onError });
  }

  isWaiting(key) {
    return this.#waiting.has(key);
  }

  async tap(message, button, key) {
    if (this.isWaiting(key)) return;
    this.#start(key);
    try {
      const { callback_query_id: id } = await this.send(message, button);
      if (this.#early.delete(id)) this.#stop(key);
      else this.#asked.set(id, key);
    } catch (error) {
      this.#stop(key);
      this.onError(error);
    }
  }

  answered(id) {
    if (!this.#asked.has(id)) this.#early.add(id);
    else this.#stop(this.#asked.get(id));
    this.#asked.delete(id);
  }

  #start(key) {
    this.#waiting.set(key, setTimeout(() => this.#stop(key), LONGEST_WAIT));
    this.#show(key, true);
  }

  #stop(key) {
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
    this.#show(key, false);
  }

  #show(key, waiting) {
    for (const node of document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
      node.classList.toggle("waiting", waiting);
      node.setAttribute("aria-busy", String(waiting));
    }
  }
}
