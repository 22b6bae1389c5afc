import { prefersStillness } from "./dom.js";
import { dayLabel } from "./format.js";

const TOGETHER = 300; // seconds between messages of one sender that stand close to each other

const senderOf = ({ outgoing, service, message_id: id, from }) => (service ? `service ${id}` : outgoing ? "me" : from.id);
const rowKey = (message) => message.media_group_id ?? `message ${message.message_id}`;

/** The messages of the chat, and their rows in the order of their ids. */
export class MessageLog {
  #messages = new Map(); // message id -> message
  #rows = new Map(); // row key -> node

  /** @param {(messages, photos) => HTMLElement} render */
  constructor(element, render) {
    this.element = element;
    this.render = render;
  }

  get size() {
    return this.#messages.size;
  }

  find(id) {
    return this.#messages.get(id);
  }

  album(message) {
    return this.#inRow(rowKey(message));
  }

  nodeOf(id) {
    const message = this.find(id);
    return message && this.#rows.get(rowKey(message));
  }

  reset(messages) {
    this.#messages.clear();
    this.#rows.clear();
    this.element.replaceChildren();
    for (const message of messages) this.#messages.set(message.message_id, message);
    for (const message of messages) if (!this.#rows.has(rowKey(message))) this.#draw(rowKey(message));
    this.#arrange();
  }

  /** Adds a message or takes over its new state. @returns {boolean} whether it is new */
  put(message) {
    const known = this.#messages.get(message.message_id);
    this.#messages.set(message.message_id, { reactions: known?.reactions, ...message });
    const key = rowKey(message);
    if (known && rowKey(known) !== key) this.#redraw(rowKey(known));
    const animated = !this.#rows.has(key);
    this.#draw(key).classList.toggle("entering", animated);
    this.#arrange();
    return !known;
  }

  react(id, emoji) {
    const message = this.find(id);
    if (message) this.put({ ...message, reactions: emoji });
  }

  remove(id) {
    const message = this.find(id);
    if (!message) return;
    this.#messages.delete(id);
    this.#redraw(rowKey(message));
    for (const other of this.#messages.values()) if (other.reply_to === id) this.#draw(rowKey(other));
    this.#arrange();
  }

  #inRow(key) {
    const members = [...this.#messages.values()].filter((message) => rowKey(message) === key);
    return members.sort((a, b) => a.message_id - b.message_id);
  }

  #redraw(key) {
    if (this.#inRow(key).length) this.#draw(key);
    else this.#dismiss(key);
  }

  #draw(key) {
    const members = this.#inRow(key);
    const old = this.#rows.get(key);
    const node = this.render(members, old ? photosIn(old, members) : new Map());
    node.order = members[0].message_id;
    node.date = members[0].date;
    node.sender = senderOf(members[0]);
    this.#rows.set(key, node);
    if (old) replaceKeepingFocus(old, node);
    else this.element.insertBefore(node, this.#rowAfter(node.order));
    return node;
  }

  #rowAfter(order) {
    const rows = [...this.element.children];
    const before = rows.findLastIndex((row) => row.order < order);
    return rows[before + 1] ?? null;
  }

  #dismiss(key) {
    const node = this.#rows.get(key);
    this.#rows.delete(key);
    if (node) leave(node);
  }

  #arrange() {
    let before = null;
    for (const node of this.element.children) {
      if (node.classList.contains("leaving")) continue;
      placeAfter(node, before);
      before = node;
    }
  }
}

function placeAfter(node, before) {
  const day = dayLabel(node.date);
  const newDay = !before || dayLabel(before.date) !== day;
  const sameSide = before && before.sender === node.sender;
  if (newDay) node.dataset.day = day;
  else delete node.dataset.day;
  node.classList.toggle("joined", !newDay && sameSide && node.date - before.date < TOGETHER);
}

function photosIn(row, members) {
  if (members.length === 1) return new Map([[members[0].message_id, row.querySelector(".photo img:last-of-type")]]);
  const tiles = [...row.querySelectorAll(".tile")];
  return new Map(tiles.map((tile) => [Number(tile.dataset.messageId), tile.querySelector("img:last-of-type")]));
}

/** Redrawing takes the focused button away; the one that stands for it gets the focus. */
function replaceKeepingFocus(old, node) {
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(node);
  if (!held) return;
  const keys = [...node.querySelectorAll(".key")];
  (keys.find((key) => key.textContent === held.textContent) ?? keys[0])?.focus({ preventScroll: true });
}

function leave(node) {
  node.classList.add("leaving");
  node.inert = true;
  for (const marked of [node, ...node.querySelectorAll("[data-testid]")]) delete marked.dataset.testid;
  if (prefersStillness()) {
    node.remove();
    return;
  }
  const from = { height: `${node.offsetHeight}px`, opacity: 1 };
  const to = { height: "0px", opacity: 0, marginTop: 0, paddingTop: 0 };
  node.animate([from, to], { duration: 220, easing: "ease-in-out" }).finished.then(() => node.remove());
}
