import { api, sampleUrl } from "./api.js";

const OWNER = "chat.person";
const ACTING = "chat.acting";
export const NEWCOMER = { first_name: "Ana", profile_photo: "astronaut-face.jpg" };

function remembered(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

/**
 * Who sits at the phone: remembered across reloads, unknown to the bot until they write.
 * The owner is the person that the page began with; in a group they may act as one of the others.
 */
export class Session {
  #owner = remembered(OWNER, { ...NEWCOMER });
  #acting = remembered(ACTING, null);
  #chat = null; // the group that is looked at; none: the chat with the bot

  get #person() {
    return this.#acting ?? this.#owner;
  }

  get id() {
    return this.#person.id;
  }

  get name() {
    return this.#person.first_name;
  }

  get profilePhoto() {
    return this.#person.profile_photo;
  }

  /** The address of their picture, if they have one. */
  get face() {
    return this.profilePhoto ? sampleUrl(this.profilePhoto) : (this.#person.face ?? null);
  }

  get blocked() {
    return !this.inGroup && (this.#person.blocked ?? false);
  }

  get inGroup() {
    return this.#chat !== null;
  }

  /** Whose phone it is, and the chat that is open on it. */
  get place() {
    return { id: this.id, chat: this.#chat ?? this.id };
  }

  get isActing() {
    return this.#acting !== null;
  }

  get owner() {
    return this.#owner;
  }

  /**
   * Makes the owner known to the server; a server that has forgotten them learns them anew.
   * It doesn't learn the others: whoever is in no group of the owner's is not acted as any more.
   * @returns {Promise<boolean>} whether it is still the same person
   */
  async join() {
    const { id, first_name, profile_photo } = this.#owner;
    const language_code = navigator.language.split("-")[0];
    const joined = await api.join({ id, first_name, profile_photo, language_code });
    this.#owner = { ...this.#owner, id: joined.id };
    await api.demoGroup(joined.id);
    const same = !this.isActing || (await this.#isInGroups(this.id));
    if (!same) this.#acting = null;
    this.#keep();
    return same;
  }

  async #isInGroups(id) {
    const { chats } = await api.chats(this.#owner.id);
    return chats.some(({ members = [] }) => members.some((member) => member.id === id));
  }

  become(first_name) {
    this.#owner = { ...NEWCOMER, first_name };
    this.#acting = this.#chat = null;
    this.#keep();
  }

  /** Acts as somebody else of the group, or as the owner again. */
  actAs({ id, first_name, photo }) {
    this.#acting = id === this.#owner.id ? null : { id, first_name, face: photo };
    this.#keep();
  }

  /** Opens a group, or without one the chat with the bot. */
  open(chat) {
    this.#chat = chat;
  }

  async setProfilePhoto(sample) {
    await api.setProfilePhoto(this.id, sample);
    this.#update({ profile_photo: sample, face: null });
  }

  async setBlocked(blocked) {
    await api.setBlocked(this.id, blocked);
    this.#update({ blocked });
  }

  #update(changes) {
    if (this.#acting) this.#acting = { ...this.#acting, ...changes };
    else this.#owner = { ...this.#owner, ...changes };
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(OWNER, JSON.stringify(this.#owner));
      localStorage.setItem(ACTING, JSON.stringify(this.#acting));
    } catch {
      // Storage is switched off: the person lasts as long as the page.
    }
  }
}
