import { byId, h } from "./dom.js";

const ACTION_LASTS = 5500; // milliseconds; Bot API: five seconds or until the bot's next message
const ACTIONS = {
  typing: "typing",
  upload_photo: "sending photo",
  upload_document: "sending file",
};

let timer = 0;

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
  status.replaceChildren("bot");
}

/** The bot's name and description, in the header and in the empty chat. */
export function showBot(bot) {
  document.title = bot.first_name;
  byId("bot-name").textContent = bot.first_name;
  byId("about-name").textContent = bot.first_name;
  byId("about-text").textContent = bot.description || bot.short_description || "Press START to find out.";
}
