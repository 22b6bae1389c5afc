import { api } from "./api.js";
import { h } from "./dom.js";
import { infoScreen } from "./group_info.js";
import { icon } from "./icons.js";
import { openDialog } from "./notices.js";
import { self } from "./rights.js";

/**
 * The dialog about the open group: screens that lie upon each other, as the server has things.
 * A screen is a function of its surroundings that returns {title, parts}, or null once the person
 * may no longer see it; then the one below comes up.
 */
export class GroupDialog {
  #screens = [];
  #dialog = null;

  /** @param {{current: () => object | null, attempt}} acts; `current` is the group that is open */
  constructor(session, acts) {
    Object.assign(this, { session, acts });
  }

  open() {
    if (!this.acts.current()) return;
    this.#screens = [infoScreen];
    this.body = h("div");
    this.#dialog = h("dialog", { class: "sheet group", "aria-labelledby": "group-title", dataset: { testid: "group" } }, this.body);
    this.#dialog.addEventListener("close", () => (this.#dialog = null));
    this.refresh();
    openDialog(this.#dialog);
  }

  /** Draws the screen anew; keeps the focus, and what is being typed. */
  refresh() {
    if (!this.#dialog) return;
    const drawn = this.acts.current() && this.#drawn();
    if (!drawn) return void this.#dialog.close();
    const held = this.body.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    const typed = new Map([...this.body.querySelectorAll("input[type=text]")].map((input) => [input.name, input.value]));
    this.body.replaceChildren(this.#header(drawn.title), ...drawn.parts.filter(Boolean));
    for (const input of this.body.querySelectorAll("input[type=text]")) input.value = typed.get(input.name) ?? "";
    if (held) ([...this.body.querySelectorAll("button, input")].find((one) => keyOf(one) === held) ?? this.body.querySelector("button")).focus();
  }

  #drawn() {
    const surroundings = this.#surroundings();
    while (this.#screens.length) {
      const drawn = this.#screens.at(-1)(surroundings);
      if (drawn) return drawn;
      this.#screens.pop();
    }
    return null;
  }

  #surroundings() {
    const group = this.acts.current();
    return {
      group,
      me: self(group, this.session.id),
      can: (right) => group.can.includes(right),
      act: (what, body) => this.#try(api.inGroup(this.session.place, what, body)),
      setPhoto: (file) => this.#try(api.setGroupPhoto(this.session.place, file)),
      contacts: () => this.acts.attempt(api.contacts(this.session.id)),
      go: (screen) => this.#turn(() => this.#screens.push(screen)),
      back: () => this.#turn(() => this.#screens.pop()),
    };
  }

  /** What succeeds comes back as an event; a switch that was refused goes back at once. */
  async #try(promise) {
    const done = await this.acts.attempt(promise);
    if (!done) this.refresh();
    return done;
  }

  #turn(change) {
    change();
    this.refresh();
    this.#dialog?.scrollTo(0, 0);
    this.body.querySelector("button").focus({ focusVisible: false });
  }

  #header(title) {
    const isFirst = this.#screens.length === 1;
    const back = h("button", { type: "button", class: "plain", name: "back", "aria-label": "Back", onclick: () => this.#surroundings().back() }, icon("left"));
    const close = h("button", { type: "button", class: "plain", name: "close", "aria-label": "Close", onclick: () => this.#dialog.close() }, icon("close"));
    return h("header", { class: isFirst ? null : "deeper" }, !isFirst && back, h("h2", { id: "group-title" }, title), close);
  }
}

const keyOf = ({ name, type, value }) => (type === "radio" ? `${name} ${value}` : name);
