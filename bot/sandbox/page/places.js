import { byId, h, whispered } from "./dom.js";
import { icon } from "./icons.js";
import { openDialog } from "./notices.js";
import { botFace, portrait } from "./persona.js";

const GENERAL = null; // the topic without a number

/** The list of chats, and for a group its topics and who one may be in it. */
export class Places {
  #chats = [];
  #unread = new Map(); // chat id -> how many messages
  #filled = new Map(); // element's id -> what was last put into it
  topic = GENERAL;

  /** @param {{open: (chat) => void, topic: () => void, about: () => void, found: () => void, actAs: (member) => void}} acts */
  constructor(session, acts) {
    Object.assign(this, { session, acts });
    byId("chat-face").addEventListener("click", () => acts.about());
    byId("who").addEventListener("click", () => acts.about());
  }

  get current() {
    return this.#chats.find((chat) => chat.id === this.session.place.chat);
  }

  get groups() {
    return this.#chats.filter(isGroup);
  }

  /** The open chat where it is a group. */
  get group() {
    const { current } = this;
    return current && isGroup(current) ? current : null;
  }

  /** The thread that a message goes to, or nothing for General. */
  get thread() {
    return this.topic ?? undefined;
  }

  /** @returns {boolean} whether the open topic is still there */
  set(chats) {
    this.#chats = chats;
    const isThere = this.topic === GENERAL || Boolean(this.current?.topics?.some((topic) => topic.id === this.topic));
    if (!isThere) this.topic = GENERAL;
    this.show();
    return isThere;
  }

  /** Whether a message of the open chat belongs to what is looked at. */
  holds(message) {
    return (message.thread_id ?? GENERAL) === this.topic;
  }

  /** Opens the topic that a message of the open chat belongs to. */
  enter(message) {
    this.topic = message.thread_id ?? GENERAL;
    this.show();
  }

  /** A message came that isn't looked at. */
  missed(chatId) {
    this.#unread.set(chatId, (this.#unread.get(chatId) ?? 0) + 1);
    this.show();
  }

  show() {
    const { current } = this;
    const inGroup = this.session.inGroup && Boolean(current);
    if (current) this.#unread.delete(current.id);
    byId("places").hidden = !this.#chats.length;
    this.#fill("places", [this.#chats, this.session.place, [...this.#unread]], () => [...this.#chats.map((chat) => this.#place(chat)), this.#found()]);
    byId("group-bar").hidden = !inGroup;
    this.#fill("topics", inGroup && [current.topics, this.topic], () => this.#topics(current));
    this.#fill("people", inGroup && [current.members, this.session.id], () => this.#people(current));
  }

  /** What hasn't changed stays: a button that is replaced while it is pressed is not pressed. */
  #fill(id, shown, buttons) {
    const now = JSON.stringify(shown);
    if (this.#filled.get(id) === now) return;
    this.#filled.set(id, now);
    byId(id).replaceChildren(...(shown ? buttons() : []));
  }

  #place(chat) {
    const isOpen = chat.id === this.session.place.chat;
    const count = this.#unread.get(chat.id);
    const face = chat.type === "private" ? botFace() : portrait(chat.photo, chat.title);
    return h(
      "button",
      { type: "button", class: "place", "aria-current": isOpen ? "true" : null, onclick: () => this.acts.open(chat), dataset: { testid: `chat-${chat.type}` } },
      face,
      h("span", { class: "place-name" }, chat.title),
      count && h("span", { class: "unread" }, String(count)),
    );
  }

  #found() {
    return h(
      "button",
      { type: "button", class: "place found", "aria-label": "New group", title: "New group", onclick: () => this.acts.found(), dataset: { testid: "found" } },
      icon("plus"),
      h("span", { class: "place-name" }, "New group"),
    );
  }

  #topics({ topics }) {
    if (!topics.length) return [];
    const all = [{ id: GENERAL, name: "General" }, ...topics];
    return all.map(({ id, name, is_closed: closed }) =>
      h(
        "button",
        { type: "button", class: "chip", "aria-current": id === this.topic ? "true" : null, onclick: () => this.#openTopic(id), dataset: { testid: "topic" } },
        name,
        closed && icon("lock"),
        closed && whispered(" (closed)"),
      ),
    );
  }

  #openTopic(id) {
    this.topic = id;
    this.show();
    this.acts.topic();
  }

  #people({ members }) {
    return members.filter((member) => !member.is_bot).map((member) => this.#person(member));
  }

  #person(member) {
    const chosen = member.id === this.session.id;
    const state = { role: "radio", "aria-checked": String(chosen), "aria-label": `Be ${member.first_name}`, title: member.first_name };
    const onclick = () => chosen || this.acts.actAs(member);
    return h(
      "button",
      { type: "button", class: "person", ...state, onclick, dataset: { testid: "be" } },
      portrait(member.photo, member.first_name),
      h("span", {}, member.first_name),
    );
  }
}

const isGroup = ({ type }) => ["group", "supergroup"].includes(type);

/** Asks for a group; with one group that is a question, too. */
export function groupDialog(groups, title, onChoose) {
  const choose = (group) => () => {
    dialog.close();
    onChoose(group);
  };
  const dialog = h(
    "dialog",
    { class: "sheet", "aria-labelledby": "bring-title", dataset: { testid: "bring" } },
    h("header", {}, h("h2", { id: "bring-title" }, title)),
    groups.map((group) => h("button", { type: "button", class: "item", onclick: choose(group) }, portrait(group.photo, group.title), group.title)),
    h("button", { type: "button", class: "item", onclick: () => dialog.close() }, icon("close"), "Cancel"),
  );
  openDialog(dialog);
}
