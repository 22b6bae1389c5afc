import { byId, h } from "./dom.js";
import { icon } from "./icons.js";

const TOAST_TIME = 3500; // milliseconds
let timer = 0;

/** A line that goes away by itself. */
export function toast(text) {
  clearTimeout(timer);
  const line = h("p", { class: "toast", dataset: { testid: "toast" } }, text);
  onTop(byId("toasts")).replaceChildren(line);
  timer = setTimeout(() => line.remove(), Math.max(TOAST_TIME, text.length * 60));
}

/** An open dialog covers the page and silences it for screen readers, so the toasts go along into it. */
function onTop(toasts) {
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (toasts.parentNode !== host) host.append(toasts);
  toasts.hidePopover();
  toasts.showPopover();
  return toasts;
}

/** Adds a dialog to the page, opens it, and takes it away when it closes. */
export function openDialog(dialog, { closeOnBackdrop = true } = {}) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => discard(dialog));
  if (closeOnBackdrop) dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  return dialog;
}

function discard(dialog) {
  const toasts = byId("toasts");
  if (dialog.contains(toasts)) document.body.append(toasts);
  if (toasts.hasChildNodes()) toasts.showPopover();
  dialog.remove();
}

export function alertDialog(text, title) {
  const ok = h("button", { type: "button", class: "wide", onclick: () => dialog.close() }, "OK");
  const dialog = h(
    "dialog",
    { class: "alert", role: "alertdialog", "aria-describedby": "alert-text", "aria-labelledby": "alert-title", dataset: { testid: "alert" } },
    h("h2", { id: "alert-title" }, title),
    h("p", { id: "alert-text" }, text),
    ok,
  );
  openDialog(dialog, { closeOnBackdrop: false });
  ok.focus();
}

/** Asks before something that can't be undone. Resolves to whether it shall be. */
export function confirmDialog(text, label) {
  const { promise, resolve } = Promise.withResolvers();
  const answer = (yes) => () => {
    resolve(yes);
    dialog.close();
  };
  const dialog = h(
    "dialog",
    { class: "alert", role: "alertdialog", "aria-labelledby": "confirm-text", dataset: { testid: "confirm" } },
    h("p", { id: "confirm-text" }, text),
    h("div", { class: "answers" }, h("button", { type: "button", class: "quiet", onclick: answer(false) }, "Cancel"), h("button", { type: "button", class: "wide", onclick: answer(true) }, label)),
  );
  dialog.addEventListener("close", () => resolve(false));
  openDialog(dialog);
  return promise;
}

/** The photo as large as the window allows; a tap or Escape closes it. */
export function viewer(message) {
  const { url, width, height } = message.photo;
  const close = h("button", { type: "button", class: "round", "aria-label": "Close" }, icon("close"));
  const save = h("a", { class: "round", href: url, download: "", "aria-label": "Save the photo" }, icon("download"));
  const dialog = h(
    "dialog",
    { class: "viewer", "aria-label": "Photo", dataset: { testid: "viewer" } },
    h("div", { class: "viewer-bar" }, save, close),
    h("img", { src: url, alt: message.caption ?? "Photo", width, height }),
    message.caption && h("p", {}, message.caption),
  );
  save.addEventListener("click", (event) => event.stopPropagation());
  dialog.addEventListener("click", () => dialog.close());
  openDialog(dialog);
}
