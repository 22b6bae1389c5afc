import { api } from "./api.js";
import { attempt, copy } from "./attempt.js";
import { allowedReactions } from "./group_settings.js";
import { contextMenu } from "./menu.js";

/** What may be done with a message, in a menu beside it. */
export class MessageMenu {
  #given = null; // {id, emoji}: the reaction that was given last

  /** @param {{log, composer, reactions: () => string[] | null}} parts; `reactions` are those that the chat allows, null: all */
  constructor(session, parts) {
    Object.assign(this, { session }, parts);
  }

  open(message, place, opener) {
    const items = [{ label: "Reply", icon: "back", run: () => this.composer.reply(message) }];
    const words = message.text ?? message.caption;
    if (words) items.push({ label: "Copy text", icon: "copy", run: () => attempt(copy(words)) });
    if (message.outgoing && words) items.push({ label: "Edit", icon: "edit", run: () => this.composer.edit(message) });
    items.push({ label: "Delete", icon: "trash", danger: true, run: () => this.#remove(message) });
    const choices = allowedReactions(this.reactions());
    contextMenu(items, place, opener, choices.length ? { choices, run: (emoji) => this.#react(message, emoji) } : null);
  }

  /** One reaction a person; the same once more takes it back. */
  #react({ message_id: id }, emoji) {
    const isTaken = this.#given?.id === id && this.#given.emoji === emoji;
    this.#given = { id, emoji: isTaken ? "" : emoji };
    return attempt(api.react(this.session.place, id, this.#given.emoji));
  }

  #remove(message) {
    const ids = this.log.album(message).map((part) => part.message_id);
    return attempt(Promise.all(ids.map((id) => api.remove(this.session.place, id))));
  }
}
