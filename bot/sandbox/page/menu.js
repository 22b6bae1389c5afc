import { h } from "./dom.js";
import { icon } from "./icons.js";
import { moveFocus } from "./panel.js";

/**
 * A menu beside a message.
 * @param {{label: string, icon: string, danger?: boolean, run: () => void}[]} items
 * @param {{left: number, top: number}} place in the window, in px
 * @param {{choices: string[], run: (choice: string) => void}} [quick] a row of reactions above
 */
export function contextMenu(items, place, opener, quick = null) {
  const closing = new AbortController();
  const close = () => closing.abort();
  const buttons = items.map((item) => entry(item, close));
  const menu = h("div", { class: "context-menu", role: "menu", popover: "manual" }, quick && reactionRow(quick, close), buttons);
  closing.signal.addEventListener("abort", () => discard(menu, opener));
  closeWhenLeft(menu, closing.signal, close);
  document.body.append(menu);
  menu.showPopover();
  put(menu, place);
  buttons[0].focus({ focusVisible: false });
}

/** The browser's own light dismissal would take the end of the long press for a tap elsewhere. */
function closeWhenLeft(menu, signal, close) {
  addEventListener("pointerdown", (event) => menu.contains(event.target) || close(), { signal });
  addEventListener("resize", close, { signal });
  menu.addEventListener("keydown", (event) => {
    if (["Escape", "Tab"].includes(event.key)) close();
    else moveFocus(event, menu);
  });
}

function reactionRow({ choices, run }, close) {
  const button = (emoji) => {
    const choose = () => {
      close();
      run(emoji);
    };
    return h("button", { type: "button", role: "menuitem", "aria-label": `React with ${emoji}`, onclick: choose }, emoji);
  };
  return h("div", { class: "quick" }, choices.map(button));
}

function entry({ label, icon: name, danger, run }, close) {
  const choose = () => {
    close();
    run();
  };
  return h("button", { type: "button", role: "menuitem", class: danger && "danger", onclick: choose }, icon(name), label);
}

function discard(menu, opener) {
  const heldFocus = menu.contains(document.activeElement) || document.activeElement === document.body;
  menu.remove();
  if (heldFocus) opener?.focus({ preventScroll: true });
}

function put(menu, { left, top }) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}
