import { SAMPLES, sampleUrl } from "./api.js";
import { byId, h } from "./dom.js";
import { icon } from "./icons.js";
import { Panel } from "./panel.js";

/**
 * The ways by which pictures and files come in: the attach menu, dropping, pasting.
 * @param {(name) => void} onSample one sample portrait, to be sent at once
 * @param {(names) => void} onSamples several, to be looked at first
 * @param {(files, asFile) => void} onFiles
 */
export function attachments({ onSample, onSamples, onFiles }) {
  const panel = new Panel(byId("attachments"), byId("attach-button"), () => [
    h("h2", {}, "A portrait to try it with"),
    h("div", { class: "samples" }, SAMPLES.map((name, index) => sample(name, index, choose(() => onSample(name))))),
    action("photo", "Photos", choose(() => pick("image/*", (files) => onFiles(files, false))), "attach-photo"),
    action("file", "Files", choose(() => pick("", (files) => onFiles(files, true))), "attach-file"),
    action("plus", "All three portraits, with words…", choose(() => onSamples(SAMPLES)), "attach-samples"),
  ]);
  const choose = (act) => () => {
    panel.close();
    act();
  };
  acceptDrops(document.documentElement, onFiles);
  acceptPaste(onFiles);
}

function sample(name, index, onclick) {
  const label = `Send sample portrait ${index + 1}`;
  const image = h("img", { src: sampleUrl(name), alt: "", width: 96, height: 96, draggable: "false" });
  return h("button", { type: "button", class: "sample", title: label, "aria-label": label, dataset: { testid: `sample-${index}` }, onclick }, image);
}

const action = (name, label, onclick, testid) =>
  h("button", { type: "button", class: "item", onclick, dataset: { testid } }, icon(name), label);

export function pick(accept, onFiles) {
  const input = h("input", { type: "file", multiple: true, accept });
  input.addEventListener("change", () => input.files.length && onFiles([...input.files]));
  input.click();
}

function acceptDrops(target, onFiles) {
  const hint = byId("drop");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => carriesFiles(event) && event.preventDefault());
  target.addEventListener("dragenter", (event) => (hint.hidden = !carriesFiles(event)));
  target.addEventListener("dragleave", (event) => (hint.hidden ||= !target.contains(event.relatedTarget)));
  target.addEventListener("drop", (event) => {
    hint.hidden = true;
    const files = [...event.dataTransfer.files];
    if (files.length) onFiles(files, false);
  });
}

function acceptPaste(onFiles) {
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    onFiles(files, false);
  });
}
