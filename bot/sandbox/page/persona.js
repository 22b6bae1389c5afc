import { SAMPLES, sampleUrl } from "./api.js";
import { byId, h } from "./dom.js";
import { icon } from "./icons.js";
import { openDialog } from "./notices.js";

/** The person's own profile: what a phone's settings would hold. */
export class Persona {
  /** @param {{attempt, beOwner, startOver, blockedChanged}} acts; `attempt` runs a promise and tells of its failure */
  constructor(session, acts) {
    Object.assign(this, { session, acts });
    this.button = byId("persona");
    this.button.addEventListener("click", () => this.#open());
    this.show();
  }

  show() {
    this.button.replaceChildren(face(this.session));
    this.button.setAttribute("aria-label", `You are ${this.session.name}`);
    this.button.title = this.session.name;
  }

  #open() {
    this.body = h("div"); // drawn anew by itself: notices may stand beside it
    this.dialog = h("dialog", { class: "sheet persona", "aria-labelledby": "persona-title", dataset: { testid: "persona" } }, this.body);
    this.#draw();
    openDialog(this.dialog);
  }

  #draw() {
    const close = h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => this.dialog.close() }, icon("close"));
    this.body.replaceChildren(
      h("header", {}, h("h2", { id: "persona-title" }, "You in this chat"), close),
      h("div", { class: "me" }, face(this.session), this.#names()),
      h("h3", { id: "photo-title" }, "Profile photo"),
      h("div", { class: "samples", role: "radiogroup", "aria-labelledby": "photo-title" }, [...SAMPLES, null].map((name, index) => this.#choice(name, index))),
      this.#blockButton(),
      this.session.isActing ? this.#beOwner() : this.#startOver(),
    );
  }

  #names() {
    return h("p", {}, h("b", {}, this.session.name), h("span", {}, `Person ${this.session.id ?? "–"}`));
  }

  #choice(name, index) {
    const chosen = (this.session.profilePhoto ?? null) === name;
    const label = name ? `Sample portrait ${index + 1}` : "No profile photo";
    const content = name ? h("img", { src: sampleUrl(name), alt: "", width: 72, height: 72 }) : h("span", {}, "None");
    const onclick = () => this.#run(this.session.setProfilePhoto(name));
    const state = { role: "radio", "aria-checked": String(chosen), "aria-label": label };
    return h("button", { type: "button", class: "sample", ...state, dataset: { testid: `profile-${index}` }, onclick }, content);
  }

  #blockButton() {
    const { blocked } = this.session;
    const onclick = () => this.#run(this.session.setBlocked(!blocked).then(this.acts.blockedChanged));
    return h(
      "button",
      { type: "button", class: blocked ? "item" : "item danger", dataset: { testid: "block" }, onclick },
      icon("block"),
      blocked ? "Unblock the bot" : "Block the bot",
    );
  }

  #beOwner() {
    const { first_name: name } = this.session.owner;
    const onclick = () => {
      this.dialog.close();
      this.acts.beOwner();
    };
    return h("button", { type: "button", class: "item", onclick, dataset: { testid: "be-owner" } }, icon("restart"), `Be ${name} again`);
  }

  #startOver() {
    const value = this.session.name;
    const name = h("input", { type: "text", maxlength: 64, value, "aria-label": "First name", autocomplete: "off", required: true });
    const form = h(
      "form",
      { method: "dialog", class: "start-over" },
      h("h3", {}, "Start over as a new person"),
      h("p", { class: "small-print" }, "A fresh chat; the bot doesn't know you yet."),
      h("div", {}, name, h("button", { type: "submit", class: "wide", dataset: { testid: "start-over" } }, icon("restart"), "Start over")),
    );
    form.addEventListener("submit", () => this.acts.startOver(name.value.trim() || this.session.name));
    return form;
  }

  async #run(change) {
    await this.acts.attempt(change);
    this.show();
    this.#draw();
  }
}

/** A round picture, or the first letter where there is none. */
export function portrait(url, name) {
  if (url) return h("img", { class: "face", src: url, alt: "" });
  return h("span", { class: "face initial", "aria-hidden": "true" }, name.slice(0, 1).toUpperCase());
}

/** The bot's own face. */
export function botFace() {
  return h("img", { class: "face", src: "favicon.svg", alt: "" });
}

/** Of a person, or of the bot. */
export function memberPortrait({ photo, first_name: name, is_bot: isBot }) {
  return isBot ? botFace() : portrait(photo, name);
}

function face(session) {
  return portrait(session.face, session.name);
}
