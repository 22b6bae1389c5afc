/** A panel that a button opens; Escape, a tap elsewhere or a choice closes it. */
export class Panel {
  constructor(panel, opener, fill) {
    Object.assign(this, { panel, opener, fill });
    opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    addEventListener("pointerdown", (event) => this.#isOutside(event.target) && this.close());
    panel.addEventListener("keydown", (event) => this.#key(event));
    opener.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  open({ focus = true } = {}) {
    this.panel.replaceChildren(...this.fill());
    this.#show(true);
    if (focus) this.panel.querySelector("button")?.focus({ focusVisible: false });
  }

  close() {
    if (!this.isOpen) return;
    const heldFocus = this.panel.contains(document.activeElement);
    this.#show(false);
    if (heldFocus) this.opener.focus({ focusVisible: false });
  }

  #show(open) {
    this.panel.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
  }

  #isOutside(target) {
    return this.isOpen && !this.panel.contains(target) && !this.opener.contains(target);
  }

  #key(event) {
    if (event.key === "Escape") this.close();
    else moveFocus(event, this.panel);
  }
}

/** Arrow keys go from button to button. */
export function moveFocus(event, container) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...container.querySelectorAll("button:not(:disabled)")];
  const next = buttons.indexOf(document.activeElement) + step;
  buttons[(next + buttons.length) % buttons.length]?.focus();
}
