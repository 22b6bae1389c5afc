import { byId, h } from "./dom.js";

const AFTER_TYPING = 250; // milliseconds
const NEAR_THE_END = 200; // pixels that are left to scroll when the next ones are asked for

/** What the bot offers for "@thebot words": asked for while typing, sent by a tap. */
export class Offers {
  #timer = 0;
  #asking = 0;
  #queryId = null;
  #early = null; // an answer that overtook the response to its own question
  #words = "";
  #next = ""; // the offset of what comes after those that are shown; empty: nothing does
  #goesOn = false; // whether what is asked for comes below what is shown

  /** @param {{ask: (words, offset) => Promise<object | null>, choose: (queryId, resultId) => void, onButton: (start) => void}} acts */
  constructor(acts) {
    this.acts = acts;
    this.panel = byId("offers");
    this.panel.addEventListener("scroll", () => this.#more());
  }

  typed(text, username) {
    clearTimeout(this.#timer);
    const start = `@${username} `.toLowerCase();
    if (!username || !text.toLowerCase().startsWith(start)) return this.#close();
    const words = text.slice(start.length).trim();
    this.#timer = setTimeout(() => this.#ask(words), AFTER_TYPING);
  }

  /** An answer, which may be to a question that was dropped meanwhile. */
  answered(answer) {
    if (answer.inline_query_id !== this.#queryId) {
      this.#early = answer;
      return;
    }
    const { results, button, next_offset: next } = answer;
    const above = button && h("button", { type: "button", class: "item", onclick: () => this.acts.onButton(button.start_parameter) }, button.text);
    const offers = results.map((result) => this.#offer(result, answer.inline_query_id));
    if (this.#goesOn) this.panel.append(...offers);
    else this.panel.replaceChildren(...[above, ...offers].filter(Boolean));
    this.#next = next;
    this.panel.hidden = !this.panel.childElementCount;
  }

  #more() {
    const { scrollHeight, scrollTop, clientHeight } = this.panel;
    const offset = this.#next;
    if (!offset || scrollHeight - scrollTop - clientHeight > NEAR_THE_END) return;
    this.#next = "";
    this.#ask(this.#words, offset);
  }

  async #ask(words, offset = "") {
    const number = ++this.#asking;
    const asked = await this.acts.ask(words, offset);
    if (!asked || number !== this.#asking) return;
    this.#queryId = asked.inline_query_id;
    this.#words = words;
    this.#goesOn = offset !== "";
    const answer = asked.results ? asked : this.#early;
    if (answer) this.answered(answer);
  }

  #offer({ id, title, description, photo }, queryId) {
    const choose = () => {
      this.#close();
      this.acts.choose(queryId, id);
    };
    return h(
      "button",
      { type: "button", class: "item offer", role: "option", onclick: choose, dataset: { testid: "offer" } },
      photo && h("img", { src: photo.url, alt: "", width: 48, height: 48 }),
      h("b", {}, title ?? "Picture"),
      description && h("span", {}, description),
    );
  }

  #close() {
    this.#asking += 1;
    this.#queryId = null;
    this.panel.hidden = true;
  }
}
