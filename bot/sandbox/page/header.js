import { byId, h } from "./dom.js";
import { portrait } from "./persona.js";

const ACTION_LASTS = 5500; // milliseconds; Bot API: five seconds or until the bot's next message
const ACTIONS = {
  typing: "typing",
  upload_photo: "sending photo",
  upload_document: "sending file",
};

let timer = 0;
let quiet = "bot";

export function showAction(action) {
  const status = byId("bot-status");
  clearTimeout(timer);
  timer = setTimeout(clearAction, ACTION_LASTS);
  if (status.dataset.action === action) return;
  status.dataset.action = action;
  const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  status.replaceChildren(ACTIONS[action] ?? "typing", dots);
}

export function clearAction() {
  clearTimeout(timer);
  const status = byId("bot-status");
  delete status.dataset.action;
  status.replaceChildren(quiet);
}

/** The bot's name and description, in the empty chat. */
export function showBot(bot) {
  byId("about-name").textContent = bot.first_name;
  byId("about-text").textContent = bot.description || bot.short_description || "Press START to find out.";
}

/** Whose chat it is: the bot's, or a group's with its photo and how many are in it. */
export function showChat({ type, title, photo, members = [] }) {
  const isGroup = type !== "private";
  const people = members.filter((member) => !member.is_bot).length;
  const bots = members.length - people;
  document.title = title;
  byId("bot-name").textContent = title;
  quiet = isGroup ? `${people} ${people === 1 ? "person" : "people"}${bots ? `, ${bots} bot` : ""}` : "bot";
  clearAction();
  const face = isGroup ? portrait(photo, title) : h("img", { class: "face", src: "favicon.svg", alt: "", width: 42, height: 42 });
  face.dataset.testid = "chat-face";
  byId("chat-face").replaceChildren(face);
  byId("chat-face").disabled = !isGroup;
  byId("who").classList.toggle("opens", isGroup);
}
