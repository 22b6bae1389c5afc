import { pick } from "./attach.js";
import { action, hint, personLine, section } from "./controls.js";
import { h } from "./dom.js";
import { memberScreen } from "./group_member.js";
import { permissionsScreen, permissionsValue, reactionsScreen, reactionsValue, slowModeScreen, slowModeValue, topicsScreen } from "./group_settings.js";
import { confirmDialog } from "./notices.js";
import { portrait } from "./persona.js";
import { isAdmin, rankOf } from "./rights.js";

/** What a group is, whoever is in it, and what one may change. */
export function infoScreen(here) {
  const { group } = here;
  return {
    title: "Group info",
    parts: [about(group), settings(here), members(here), section(null, leave(here))],
  };
}

function about({ title, photo, type, is_forum: isForum, members: everybody }) {
  const bots = everybody.filter((member) => member.is_bot).length;
  const people = everybody.length - bots;
  const kind = type === "group" ? "Basic group" : isForum ? "Supergroup with topics" : "Supergroup";
  const count = `${people} ${people === 1 ? "person" : "people"}${bots ? `, ${bots} bot` : ", no bot"}`;
  return h("div", { class: "me" }, portrait(photo, title), h("p", {}, h("b", {}, title), h("span", {}, `${kind} · ${count}`)));
}

function settings(here) {
  const { group, me, can, go, act } = here;
  const isSuper = group.type === "supergroup";
  const rows = [
    can("can_restrict_members") && isSuper && action({ icon: "clock", label: "Slow mode", value: slowModeValue(group), run: () => go(slowModeScreen), testid: "slow-mode" }),
    can("can_restrict_members") && action({ icon: "lock", label: "What members may do", value: permissionsValue(group), run: () => go(permissionsScreen), testid: "permissions" }),
    can("can_change_info") && action({ icon: "heart", label: "Reactions", value: reactionsValue(group), run: () => go(reactionsScreen), testid: "reactions-setting" }),
    can("can_manage_topics") && group.is_forum && action({ icon: "topics", label: "Topics", value: String(group.topics.length + 1), run: () => go(topicsScreen), testid: "topics-setting" }),
    can("can_change_info") && isSuper && !group.is_forum && action({ icon: "topics", label: "Turn on topics", run: () => act("forum"), testid: "forum" }),
    can("can_change_info") && action({ icon: "photo", label: "Set the group's photo", run: () => pick("image/*", ([file]) => here.setPhoto(file)), testid: "group-photo" }),
    me?.status === "creator" && !isSuper && upgrade(here),
  ].filter(Boolean);
  if (!rows.length) return null;
  const missing = !isSuper && hint("Slow mode, topics and anonymous admins come with a supergroup.");
  return section(null, ...rows, missing);
}

function upgrade({ act }) {
  const ask = () => confirmDialog("The group becomes a supergroup: another chat with a fresh history, for good.", "Upgrade").then((yes) => yes && act("upgrade"));
  return action({ icon: "up", label: "Upgrade to a supergroup", run: ask, testid: "upgrade" });
}

function members(here) {
  const { group, me, can, go } = here;
  const line = (member) => {
    const opens = isOpen(here, member) && (() => go(memberScreen(member.id)));
    return personLine(member, { badge: rankOf(member, me), words: member.id === me?.id && "you", run: opens, testid: "member" });
  };
  const add = can("can_invite_users") && action({ icon: "plus", label: "Add somebody", run: () => goAdding(here), testid: "add-member" });
  return section("Members", h("ul", { class: "members" }, group.members.map(line)), add);
}

/** Whether there is anything that one may do with somebody. */
const isOpen = (here, member) => memberScreen(member.id)(here) !== null;

async function goAdding({ contacts, go }) {
  const known = await contacts();
  if (known) go(addScreen(known.contacts));
}

const addScreen = (contacts) => ({ group, can, act, back }) => {
  if (!can("can_invite_users")) return null;
  const absent = contacts.filter(({ id }) => !group.members.some((member) => member.id === id));
  const add = (person) => act("add", { user_id: person.id }).then((done) => done && back());
  const lines = absent.map((person) => personLine(person, { run: () => add(person), testid: "add", sign: "plus" }));
  return { title: "Add somebody", parts: [absent.length ? h("ul", { class: "members" }, lines) : hint("Everybody whom you know is in the group.")] };
};

function leave({ me, group, act }) {
  const others = group.members.some((member) => member.id !== me?.id && isAdmin(member));
  const alone = me?.status === "creator" && !others;
  const words = `You leave “${group.title}”.${alone ? " Nobody will run it then." : ""}`;
  const ask = () => confirmDialog(words, "Leave").then((yes) => yes && act("leave"));
  return action({ icon: "door", label: "Leave the group", danger: true, run: ask, testid: "leave" });
}
