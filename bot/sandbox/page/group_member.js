import { action, section, toggle } from "./controls.js";
import { h } from "./dom.js";
import { confirmDialog } from "./notices.js";
import { memberPortrait } from "./persona.js";
import { adminRights, firstRights, isAdmin, memberRights, self, standingOf, withRight } from "./rights.js";

/** What one may do with somebody of the group; null where that is nothing. */
export const memberScreen = (id) => (here) => {
  const member = self(here.group, id);
  if (!member) return null;
  const parts = [administration(here, member), restrictions(here, member), removal(here, member)].filter(Boolean);
  return parts.length ? { title: member.is_bot ? "Bot" : "Member", parts: [who(member), ...parts] } : null;
};

function who(member) {
  const { first_name: name, is_bot: isBot } = member;
  const rank = standingOf(member) ?? "member";
  return h("div", { class: "me" }, memberPortrait(member), h("p", {}, h("b", {}, name), h("span", {}, isBot ? `bot, ${rank}` : rank)));
}

function administration(here, member) {
  const { group, me, can, act } = here;
  const isSelf = member.id === me?.id;
  if (member.status === "creator") return isSelf && group.type === "supergroup" && section(null, anonymity(here, member));
  if (!can("can_promote_members") || isSelf) return null;
  if (!isAdmin(member)) {
    const promote = () => act("promote", { user_id: member.id, rights: firstRights(group) });
    return section(null, action({ icon: "shield", label: "Make an admin", run: promote, testid: "make-admin" }));
  }
  const dismiss = action({ icon: "shield", label: "Take away the admin's rights", danger: true, run: () => act("demote", { user_id: member.id }), testid: "demote" });
  const mayHide = group.type === "supergroup" && !member.is_bot;
  return section("What this admin may do", ...adminRights(group).map((right) => adminRight(here, member, right)), mayHide && anonymity(here, member), dismiss);
}

const adminRight = ({ act }, member, [right, label]) =>
  toggle({ label, name: right, on: member.rights.includes(right), run: (on) => act("promote", standing(member, { rights: withRight(member.rights, right, on) })) });

function anonymity({ act }, member) {
  const run = (on) => act("promote", standing(member, { anonymous: on }));
  return toggle({ label: "Remain anonymous", more: "Messages show as the group's", name: "anonymous", on: member.is_anonymous, run });
}

/** An administrator's whole standing, which is set at once. */
const standing = ({ id, rights, is_anonymous: anonymous, custom_title: title }, changed) => ({
  user_id: id,
  rights,
  anonymous,
  title: title ?? "",
  ...changed,
});

/** What only this member may not do, below what no member may. */
function restrictions({ group, me, can, act }, member) {
  if (!can("can_restrict_members") || isAdmin(member) || member.id === me?.id) return null;
  const isRestricted = member.status === "restricted";
  const own = isRestricted ? member.rights : group.permissions;
  const box = ([right, label]) => {
    const isForAll = group.permissions.includes(right);
    const run = (on) => act("restrict", { user_id: member.id, rights: withRight(own, right, on) });
    return toggle({ label, name: right, on: isForAll && own.includes(right), disabled: !isForAll, run });
  };
  const lift = isRestricted && action({ icon: "restart", label: "Lift all restrictions", run: () => act("demote", { user_id: member.id }), testid: "lift" });
  return section("What this member may do", ...memberRights(group).map(box), lift);
}

function removal({ group, me, can, act }, member) {
  const isAbove = member.status === "creator" || (isAdmin(member) && !can("can_promote_members"));
  if (!can("can_restrict_members") || isAbove || member.id === me?.id) return null;
  const { first_name: name, id } = member;
  const ask = () => confirmDialog(`${name} is taken out of “${group.title}”. You can add ${member.is_bot ? "it" : "them"} again.`, "Remove").then((yes) => yes && act("remove", { user_id: id }));
  return section(null, action({ icon: "block", label: `Remove ${name} from the group`, danger: true, run: ask, testid: "remove" }));
}
