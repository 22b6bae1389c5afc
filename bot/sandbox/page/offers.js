import { byId, h } from "./dom.js";

const AFTER_TYPING = 250; // milliseconds

/** What the bot offers for "@thebot words": asked for while typing, sent by a tap. */
export class Offers {
  #timer = 0;
  #asking = 0;
  #queryId = null;
  #early = null; // an answer that overtook the response to its own question

  /** @param {{ask: (words) => Promise<object | null>, choose: (queryId, resultId) => void, onButton: (start) => void}} acts */
  constructor(acts) {
    this.acts = acts;
    this.panel = byId("offers");
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
    const { results, button } = answer;
    const above = button && h("button", { type: "button", class: "item", onclick: () => this.acts.onButton(button.start_parameter) }, button.text);
    this.panel.replaceChildren(...[above, ...results.map((result) => this.#offer(result))].filter(Boolean));
    this.panel.hidden = !this.panel.childElementCount;
  }

  async #ask(words) {
    const number = ++this.#asking;
    const asked = await this.acts.ask(words);
    if (!asked || number !== this.#asking) return;
    this.#queryId = asked.inline_query_id;
    const answer = asked.results ? asked : this.#early;
    if (answer) this.answered(answer);
  }

  #offer({ id, title, description, photo }) {
    const choose = () => {
      const queryId = this.#queryId;
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
