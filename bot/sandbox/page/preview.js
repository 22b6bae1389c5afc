import { grow } from "./composer.js";
import { pick } from "./attach.js";
import { h, spinner } from "./dom.js";
import { fileSize } from "./format.js";
import { icon } from "./icons.js";
import { openDialog, toast } from "./notices.js";

const MOST = 10; // Bot API: an album has at most 10 parts

/** The sheet between choosing files and sending them. Files that come while it is open join. */
export class Preview {
  #files = new Map(); // file -> object URL
  #dialog = null;

  /**
   * @param {(files, {caption, as}) => Promise<boolean>} send
   * @param {(caption) => void} onCancel
   */
  constructor({ send, onCancel }) {
    Object.assign(this, { send, onCancel });
  }

  show(files, { asFile = false, caption = "" } = {}) {
    if (!this.#dialog) this.#open(asFile, caption);
    this.#add(files);
  }

  #open(asFile, caption) {
    this.sent = false;
    this.grid = h("div", { class: "thumbs" });
    this.title = h("h2", { id: "preview-title" });
    const named = { placeholder: "Add a caption…", "aria-label": "Caption", dataset: { testid: "preview-caption" } };
    this.caption = h("textarea", { rows: 1, maxlength: 1024, ...named });
    this.caption.value = caption;
    this.asFile = h("input", { type: "checkbox", role: "switch", dataset: { testid: "send-as-file" } });
    this.asFile.checked = asFile;
    this.asFile.addEventListener("change", () => this.#draw());
    this.button = h("button", { type: "submit", class: "wide", dataset: { testid: "preview-send" } });
    this.#dialog = openDialog(this.#sheet());
    this.#dialog.addEventListener("close", () => this.#closed());
    this.caption.addEventListener("input", () => grow(this.caption));
    this.caption.focus();
  }

  #sheet() {
    const close = h("button", { type: "button", class: "plain", "aria-label": "Cancel", onclick: () => this.#dialog.close() }, icon("close"));
    const form = h(
      "form",
      { method: "dialog" },
      h("header", {}, this.title, close),
      this.grid,
      this.caption,
      h("label", { class: "switch" }, h("span", {}, "Send as file", h("small", {}, "Full quality, nothing is changed")), this.asFile),
      this.button,
    );
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("keydown", (event) => this.#key(event, form));
    return h("dialog", { class: "sheet", "aria-labelledby": "preview-title", dataset: { testid: "preview" } }, form);
  }

  #key(event, form) {
    if (event.target !== this.caption || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  }

  #add(files) {
    const room = MOST - this.#files.size;
    if (files.length > room) toast(`Ten at a time: ${files.length - room} left out.`);
    for (const file of files.slice(0, room)) this.#files.set(file, URL.createObjectURL(file));
    this.#draw();
  }

  #drop(file) {
    URL.revokeObjectURL(this.#files.get(file));
    this.#files.delete(file);
    if (this.#files.size) this.#draw();
    else this.#dialog.close();
  }

  #draw() {
    const files = [...this.#files.keys()];
    const onlyFiles = files.some((file) => !file.type.startsWith("image/"));
    if (onlyFiles) this.asFile.checked = true;
    this.asFile.disabled = onlyFiles;
    const asFile = this.asFile.checked;
    this.title.textContent = heading(files.length, asFile);
    this.button.textContent = "Send";
    this.grid.dataset.count = files.length;
    this.grid.classList.toggle("as-files", asFile);
    const more = h("button", { type: "button", class: "add", "aria-label": "Add more", onclick: () => this.#more() }, icon("plus"));
    more.hidden = files.length >= MOST;
    this.grid.replaceChildren(...files.map((file) => this.#thumb(file, asFile)), more);
  }

  #more() {
    pick(this.asFile.checked ? "" : "image/*", (files) => this.#add(files));
  }

  #thumb(file, asFile) {
    const image = h("img", { src: this.#files.get(file), alt: file.name });
    image.addEventListener("error", () => image.replaceWith(icon("file")));
    const label = `Remove ${file.name}`;
    const remove = h("button", { type: "button", class: "remove", "aria-label": label, onclick: () => this.#drop(file) }, icon("close"));
    const words = asFile && h("p", {}, h("b", {}, file.name), h("span", {}, fileSize(file.size)));
    return h("div", { class: "thumb" }, h("span", { class: "thumb-picture" }, image), words, remove);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.button.replaceChildren(spinner(), "Sending…");
    this.sent = await this.send([...this.#files.keys()], { caption: this.caption.value.trim(), as: this.#as() });
    this.button.disabled = false;
    if (this.sent) this.#dialog?.close();
    else if (this.#dialog) this.#draw();
  }

  #as() {
    if (this.asFile.checked) return "document";
    return this.#files.size > 1 ? "album" : "photo";
  }

  #closed() {
    for (const url of this.#files.values()) URL.revokeObjectURL(url);
    this.#files.clear();
    this.#dialog = null;
    if (!this.sent) this.onCancel(this.caption.value);
  }
}

function heading(count, asFile) {
  const kind = asFile ? "file" : "photo";
  return count === 1 ? `Send a ${kind}` : `Send ${count} ${kind}s`;
}
