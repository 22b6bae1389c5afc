import { choice, field, hint, section, toggle } from "./controls.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { confirmDialog } from "./notices.js";
import { memberRights, withRight } from "./rights.js";

export const REACTIONS = ["👍", "❤", "🔥", "🎉", "👀"];

// The pauses that Telegram's apps offer, in seconds.
const PAUSES = [
  [0, "Off"],
  [10, "10 seconds"],
  [30, "30 seconds"],
  [60, "1 minute"],
  [300, "5 minutes"],
  [900, "15 minutes"],
  [3600, "1 hour"],
];

export const slowModeValue = ({ slow_mode: seconds }) => new Map(PAUSES).get(seconds) ?? `${seconds} seconds`;

export function slowModeScreen({ group, can, act }) {
  if (!can("can_restrict_members")) return null;
  const run = (seconds) => act("slow-mode", { seconds });
  const pauses = choice({ label: "Pause between two messages", name: "pause", options: PAUSES, chosen: group.slow_mode, run });
  return { title: "Slow mode", parts: [hint("How long a member waits between two messages. Admins don't."), pauses] };
}

const granted = (group) => memberRights(group).filter(([right]) => group.permissions.includes(right));

export const permissionsValue = (group) => `${granted(group).length} of ${memberRights(group).length}`;

export function permissionsScreen({ group, can, act }) {
  if (!can("can_restrict_members")) return null;
  const box = ([right, label]) => {
    const run = (on) => act("permissions", { rights: withRight(group.permissions, right, on) });
    return toggle({ label, name: right, on: group.permissions.includes(right), run });
  };
  return { title: "What members may do", parts: [hint("Members, and the bot while it is no admin."), ...memberRights(group).map(box)] };
}

const extent = ({ reactions }) => (reactions === null ? "all" : reactions.length ? "some" : "none");
const EXTENTS = { all: "All", some: "Some", none: "None" };

export const reactionsValue = (group) => EXTENTS[extent(group)];

/** The quick reactions that may be given here. */
export const allowedReactions = (reactions) => REACTIONS.filter((emoji) => !reactions || reactions.includes(emoji));

export function reactionsScreen({ group, can, act }) {
  if (!can("can_change_info")) return null;
  const allow = (emoji) => act("reactions", { emoji });
  const run = (how) => allow({ all: null, some: REACTIONS.slice(0, 2), none: [] }[how]);
  const how = choice({ label: "Which reactions", name: "which", options: Object.entries(EXTENTS), chosen: extent(group), run });
  const box = (emoji) => toggle({ label: emoji, name: `allow ${emoji}`, on: group.reactions.includes(emoji), run: (on) => allow(withRight(group.reactions, emoji, on)) });
  return { title: "Reactions", parts: [hint("Which emoji members and the bot may react with."), how, extent(group) === "some" && section("Only these", ...REACTIONS.map(box))] };
}

export function topicsScreen({ group, can, act }) {
  if (!can("can_manage_topics") || !group.is_forum) return null;
  const lines = group.topics.map((topic) => topicLine(topic, { can, act }));
  const general = h("li", {}, h("div", { class: "item still" }, icon("topics"), h("span", { class: "label" }, "General")));
  const create = field({ label: "Name of a new topic", name: "topic-name", action: "Create", run: (name) => act("topics", { name }) });
  return { title: "Topics", parts: [h("ul", { class: "members" }, general, lines), create] };
}

function topicLine({ id, name, is_closed: closed }, { can, act }) {
  const thread = { thread_id: id };
  const turn = () => act(closed ? "reopen-topic" : "close-topic", thread);
  const drop = () => confirmDialog(`“${name}” is deleted with all that was said in it.`, "Delete").then((yes) => yes && act("delete-topic", thread));
  return h(
    "li",
    { dataset: { testid: "topic-line" } },
    h(
      "div",
      { class: "item still" },
      icon("topics"),
      h("span", { class: "label" }, name, closed && h("small", { class: "below" }, "closed")),
      h("button", { type: "button", class: "small", name: `turn-${id}`, "aria-label": `${closed ? "Reopen" : "Close"} ${name}`, onclick: turn }, closed ? "Reopen" : "Close"),
      can("can_delete_messages") && h("button", { type: "button", class: "plain danger", name: `drop-${id}`, "aria-label": `Delete ${name}`, onclick: drop }, icon("trash")),
    ),
  );
}
