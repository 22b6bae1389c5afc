import { h } from "./dom.js";
import { isWebLink } from "./links.js";

const TAPPABLE = /(?<url>https?:\/\/[^\s<>"]+)|(?<command>(?<![\w/@.:])\/[a-z]\w{0,31}(?:@\w+)?(?![\w/]))/gi;
const TRAILING = /[.,;:!?…)\]}'"]+$/;

/** Bot API: MessageEntity types that change how words look, and the element for each. */
const STYLES = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  blockquote: "q",
  expandable_blockquote: "q",
};

/**
 * Text as nodes: links and /commands can be tapped, entities are styled, everything else is plain text.
 * @param {MessageEntity[]} entities offsets in UTF-16 units, as JavaScript counts too
 */
export function richText(text, entities, chat) {
  const styled = entities.filter(({ type }) => type in STYLES || type in WRAPPERS);
  const cuts = new Set([0, text.length, ...styled.flatMap(({ offset, length }) => [offset, offset + length])]);
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(1).flatMap((end, index) => piece(text, edges[index], end, styled, chat));
}

function piece(text, start, end, entities, chat) {
  const covering = entities.filter(({ offset, length }) => offset <= start && end <= offset + length);
  const words = text.slice(start, end);
  const wrapper = covering.find(({ type }) => type in WRAPPERS);
  const inner = wrapper ? [WRAPPERS[wrapper.type](words, wrapper, chat)] : linked(words, chat);
  return covering.filter(({ type }) => type in STYLES).reduce((nodes, { type }) => [h(STYLES[type], {}, ...nodes)], inner);
}

/** Types whose words are taken literally. */
const WRAPPERS = {
  code: copied,
  pre: copied,
  spoiler: (words) => h("button", { type: "button", class: "spoiler", onclick: ({ target }) => target.classList.add("seen") }, words),
  text_link: (words, { url }, chat) => (isWebLink(url) ? link(url, chat, words) : words),
};

function copied(words, _entity, { onCopy }) {
  return h("button", { type: "button", class: "code", title: "Copy", onclick: () => onCopy(words) }, words);
}

function linked(text, chat) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TAPPABLE)) {
    const found = match.groups.url ? match[0].replace(TRAILING, "") : match[0];
    nodes.push(text.slice(end, match.index));
    nodes.push(match.groups.url ? link(found, chat) : command(found, chat));
    end = match.index + found.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function link(url, { onLink }, words = url) {
  const follow = (event) => onLink(url) && event.preventDefault();
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", onclick: follow }, words);
}

const command = (text, { onCommand }) =>
  h("button", { type: "button", class: "command", onclick: () => onCommand(text) }, text);
