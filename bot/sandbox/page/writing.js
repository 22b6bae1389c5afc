import { byId } from "./dom.js";
import { isAdmin, self } from "./rights.js";

const SECOND = 1000;
const SENDING = ["can_send_messages", "can_send_photos", "can_send_documents"];

/** Whether one may write in the open chat, and when: a line above the composer, or in its place. */
export class Writing {
  #until = new Map(); // chat id -> when a member may write again, in ms since 1970
  #timer = 0;
  #group = null;

  constructor(session) {
    this.session = session;
    this.line = byId("hint");
  }

  /** Takes over what the server says of everybody's pauses. */
  set(chats) {
    this.#until = new Map(chats.map(({ id, slow_mode_wait: wait = 0 }) => [id, Date.now() + wait * SECOND]));
  }

  /** One wrote something in the open group. */
  spoke() {
    if (!this.#group?.slow_mode || isAdmin(this.#me)) return;
    this.#until.set(this.#group.id, Date.now() + this.#group.slow_mode * SECOND);
    this.#tick();
  }

  /** @returns {boolean} whether the composer has its place */
  show(group, topicId) {
    this.#group = group;
    byId("text").placeholder = this.#me?.is_anonymous ? "Send anonymously" : "Message";
    const barred = group ? this.#barred(topicId) : null;
    this.line.classList.toggle("barred", barred !== null);
    clearTimeout(this.#timer);
    if (barred === null) this.#tick();
    else this.#say(barred);
    return barred === null;
  }

  get #me() {
    return this.#group && self(this.#group, this.session.id);
  }

  #barred(topicId) {
    const { can, topics } = this.#group;
    if (topics.find(({ id }) => id === topicId)?.is_closed && !can.includes("can_manage_topics")) return "This topic is closed.";
    if (SENDING.some((right) => can.includes(right))) return null;
    return this.#me?.status === "restricted" ? "An admin doesn't let you write here." : "Only admins may write here.";
  }

  #tick() {
    clearTimeout(this.#timer);
    const left = Math.ceil(((this.#until.get(this.#group?.id) ?? 0) - Date.now()) / SECOND);
    if (left <= 0) return void (this.line.hidden = true);
    this.#say(`Slow mode: you can write again in ${clock(left)}.`);
    this.#timer = setTimeout(() => this.#tick(), SECOND);
  }

  #say(words) {
    this.line.textContent = words;
    this.line.hidden = false;
  }
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
