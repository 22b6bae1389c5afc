import { api } from "./api.js";

const KEY = "chat.person";
export const NEWCOMER = { first_name: "Ana", profile_photo: "astronaut-face.jpg" };

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? { ...NEWCOMER };
  } catch {
    return { ...NEWCOMER };
  }
}

/** Who sits at the phone: remembered across reloads, unknown to the bot until they write. */
export class Session {
  #person = remembered();

  get id() {
    return this.#person.id;
  }

  get name() {
    return this.#person.first_name;
  }

  get profilePhoto() {
    return this.#person.profile_photo;
  }

  get blocked() {
    return this.#person.blocked ?? false;
  }

  /** Makes the person known to the server; a server that has forgotten them learns them anew. */
  async join() {
    const { id, first_name, profile_photo } = this.#person;
    const language_code = navigator.language.split("-")[0];
    const joined = await api.join({ id, first_name, profile_photo, language_code });
    this.#update({ id: joined.id });
  }

  become(first_name) {
    this.#person = { ...NEWCOMER, first_name };
    this.#update({});
  }

  async setProfilePhoto(sample) {
    await api.setProfilePhoto(this.id, sample);
    this.#update({ profile_photo: sample });
  }

  async setBlocked(blocked) {
    await api.setBlocked(this.id, blocked);
    this.#update({ blocked });
  }

  #update(changes) {
    this.#person = { ...this.#person, ...changes };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#person));
    } catch {
      // Storage is switched off: the person lasts as long as the page.
    }
  }
}
