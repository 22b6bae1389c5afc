import { h, whispered } from "./dom.js";
import { summary } from "./format.js";

/** Wider or taller than this is cropped in the chat; the viewer shows it all. */
const FLATTEST = 2.2;
const TALLEST = 0.6;

export function shownRatio({ width, height }) {
  if (!width || !height) return 1;
  return Math.min(FLATTEST, Math.max(TALLEST, width / height));
}

/**
 * A photo that is tapped to be seen in full. Its place is reserved by the ratio.
 * @param {HTMLImageElement} [before] what stood here: it stays until the new one can be painted
 */
export function photo(message, { onOpen, before }) {
  const { url, width, height } = message.photo;
  const same = before?.getAttribute("src") === url;
  const image = same ? before : h("img", { src: url, alt: "", width, height, decoding: "async", draggable: "false" });
  const frame = h(
    "button",
    { type: "button", class: "photo", style: { "--ratio": String(shownRatio(message.photo)) }, onclick: () => onOpen(message) },
    image,
    whispered(`Photo. ${message.caption ? summary(message) : ""} Open`),
  );
  if (before && !same) fadeFrom(before, image, frame);
  return frame;
}

function fadeFrom(before, image, frame) {
  before.classList.add("outdated");
  frame.prepend(before);
  image.decode().catch(() => undefined).then(() => before.remove());
}
