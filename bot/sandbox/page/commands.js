import { byId, h } from "./dom.js";
import { icon } from "./icons.js";
import { Panel } from "./panel.js";

/** The list of the bot's commands: all by the button, the fitting ones while a "/" is typed. */
export class CommandMenu {
  #commands = [];
  #prefix = "/";

  /** @param {(command: string) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
    const button = byId("commands-button");
    button.append(icon("commands"));
    button.addEventListener("click", () => (this.#prefix = "/"), true);
    this.panel = new Panel(byId("commands"), button, () => this.#items());
  }

  setCommands(commands) {
    this.#commands = commands;
    byId("commands-button").hidden = !commands.length;
  }

  typed(text) {
    this.#prefix = text.toLowerCase();
    const fits = /^\/\w*$/.test(text) && this.#fitting().length > 0;
    if (fits) this.panel.open({ focus: false });
    else this.panel.close();
  }

  #fitting() {
    return this.#commands.filter(({ command }) => `/${command}`.startsWith(this.#prefix));
  }

  #items() {
    return this.#fitting().map(({ command, description }) =>
      h(
        "button",
        { type: "button", class: "item", role: "menuitem", onclick: () => this.#choose(`/${command}`) },
        h("b", {}, `/${command}`),
        h("span", {}, description),
      ),
    );
  }

  #choose(command) {
    this.panel.close();
    this.onChoose(command);
  }
}
