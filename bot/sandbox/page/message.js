import { h, whispered } from "./dom.js";
import { clock, fileSize, isPicture, summary } from "./format.js";
import { icon } from "./icons.js";
import { keyboard } from "./keyboard.js";
import { photo, shownRatio } from "./photo.js";
import { richText } from "./richtext.js";

/**
 * One message, or an album's messages, as a row of the log.
 * @param {Message[]} messages in order; several only for an album
 * @param {object} chat what a tap does, and `find(id)` for quotes
 * @param {Map<number, HTMLImageElement>} before the photos that the row showed until now, by message
 */
export function row(messages, chat, before = new Map()) {
  const [first] = messages;
  if (first.service) return serviceRow(first);
  const node = h("article", { class: `row ${first.outgoing ? "out" : "in"}` });
  const single = messages.length === 1;
  if (single) identify(node, first);
  const bubble = h("div", { class: "bubble" });
  bubble.append(...opening(first, chat), ...body(messages, chat, before));
  const spoken = h("div", { class: "spoken" }, bubble, tools(first, chat));
  const stack = h("div", { class: "stack" }, spoken, keyboardOf(first, chat), reactions(messages));
  shape(bubble, stack, messages);
  node.append(stack);
  return node;
}

/** What happened in the group, said by nobody. */
function serviceRow(message) {
  const node = h("article", { class: "row service", dataset: { testid: "service" } }, h("p", {}, message.service));
  node.dataset.messageId = message.message_id;
  return node;
}

/** Who speaks in a group, and as what. */
function author(message) {
  const { id, first_name: name } = message.from;
  return h(
    "p",
    { class: "author", dataset: { hue: Math.abs(id) % 6 } },
    h("b", {}, name),
    message.badge && h("span", { class: "badge", dataset: { testid: "badge" } }, message.badge),
  );
}

function identify(node, message) {
  node.dataset.testid = "message";
  node.dataset.messageId = message.message_id;
}

function opening(message, chat) {
  const parts = [whispered(message.outgoing ? "You: " : `${message.from?.first_name ?? "Bot"}: `)];
  if (chat.isGroup() && !message.outgoing) parts.push(author(message));
  if (message.via) parts.push(h("p", { class: "forwarded" }, `via @${message.via}`));
  if (message.forwarded) parts.push(h("p", { class: "forwarded" }, "Forwarded message"));
  if (message.reply_to) parts.push(quote(message.reply_to, chat));
  return parts;
}

function quote(id, chat) {
  const quoted = chat.find(id);
  if (!quoted) return h("p", { class: "quote gone" }, "Deleted message");
  const name = quoted.outgoing ? "You" : quoted.from.first_name;
  return h(
    "button",
    { type: "button", class: "quote", onclick: () => chat.onQuote(id) },
    quoted.photo && h("img", { src: quoted.photo.url, alt: "", width: 36, height: 36 }),
    h("span", {}, h("b", {}, name), h("span", {}, summary(quoted))),
  );
}

function body(messages, chat, before) {
  const shown = messages.filter((message) => message.photo);
  const speaking = messages.find((message) => message.text || message.caption);
  const parts = [];
  if (shown.length > 1) parts.push(album(shown, chat, before));
  else if (shown.length) parts.push(photoOf(shown[0], chat, before));
  parts.push(...messages.filter((message) => message.document).map((message) => file(message, messages.length > 1)));
  parts.push(words(messages.at(-1), speaking, chat));
  return parts;
}

const photoOf = (message, chat, before) =>
  photo(message, { onOpen: chat.onPhoto, before: before.get(message.message_id) });

function album(messages, chat, before) {
  const tiles = messages.map((message) => {
    const tile = h("div", { class: "tile" }, photoOf(message, chat, before));
    identify(tile, message);
    return tile;
  });
  return h("div", { class: "album", dataset: { count: messages.length } }, tiles);
}

function file(message, identified) {
  const { url, file_name, mime_type, file_size } = message.document;
  const name = file_name ?? "file";
  const picture = isPicture(mime_type) && h("img", { src: url, alt: "", width: 54, height: 54, loading: "lazy" });
  const link = h(
    "a",
    { class: "file", href: url, download: name, dataset: { testid: "file" } },
    h("span", { class: "file-icon" }, picture, icon("download")),
    h("span", { class: "file-words" }, h("b", {}, name), h("span", {}, fileSize(file_size ?? 0))),
  );
  if (!identified) return link;
  const part = h("div", {}, link);
  identify(part, message);
  return part;
}

function words(message, speaking, chat) {
  const edited = message.outgoing && message.edited;
  const meta = h(
    "span",
    { class: "meta" },
    edited && "edited ",
    h("time", { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date)),
    message.outgoing && icon("check"),
  );
  if (!speaking) return meta;
  const text = speaking.text ?? speaking.caption;
  return h("p", { class: "words", dir: "auto" }, ...richText(text, speaking.entities ?? [], chat), meta);
}

function shape(bubble, stack, messages) {
  const shown = messages.filter((message) => message.photo);
  const hasWords = messages.some((message) => message.text || message.caption);
  bubble.classList.toggle("with-photo", shown.length > 0);
  bubble.classList.toggle("with-file", messages.some((message) => message.document));
  bubble.classList.toggle("bare", shown.length > 0 && !hasWords);
  if (shown.length === 1) stack.style.setProperty("--ratio", shownRatio(shown[0].photo));
}

const keyboardOf = (message, chat) => message.keyboard?.length > 0 && keyboard(message, chat);

function reactions(messages) {
  const emoji = messages.flatMap((message) => message.reactions ?? []);
  if (!emoji.length) return null;
  const counts = Map.groupBy(emoji, (one) => one);
  const shown = [...counts].map(([one, { length }]) => h("span", {}, length > 1 ? `${one} ${length}` : one));
  return h("div", { class: "reactions", "aria-label": "Reactions", dataset: { testid: "reactions" } }, shown);
}

function tools(message, chat) {
  const reply = h("button", { type: "button", class: "tool", "aria-label": "Reply", title: "Reply" }, icon("back"));
  reply.addEventListener("click", () => chat.onReply(message));
  const more = h("button", { type: "button", class: "tool", "aria-label": "More actions", "aria-haspopup": "menu" }, "⋯");
  more.addEventListener("click", () => chat.onMenu(message, more.getBoundingClientRect(), more));
  return h("div", { class: "tools" }, reply, more);
}
