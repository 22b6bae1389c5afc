/** Rights as the Bot API names them, in the words of a person. */

/** What an administrator may be given; topics only where there are any. */
const ADMIN = [
  ["can_change_info", "Change the group's photo and settings"],
  ["can_delete_messages", "Delete messages"],
  ["can_restrict_members", "Remove and restrict members"],
  ["can_invite_users", "Add members"],
  ["can_pin_messages", "Pin messages"],
  ["can_manage_topics", "Manage topics"],
  ["can_promote_members", "Add new admins"],
];
const MEMBER = [
  ["can_send_messages", "Send messages"],
  ["can_send_photos", "Send photos"],
  ["can_send_documents", "Send files"],
  ["can_send_other_messages", "Send what bots offer inline"],
  ["can_invite_users", "Add members"],
  ["can_change_info", "Change the group's photo and settings"],
  ["can_manage_topics", "Create topics"],
];
// What a new administrator has at first, as apps have it: everything but the power over admins.
const NOT_AT_FIRST = "can_promote_members";

const RANKS = { creator: "owner", administrator: "admin", restricted: "restricted" };

const shownIn = (group) => ([right]) => group.is_forum || right !== "can_manage_topics";

/** The rights that somebody who `can` so much may give to an administrator. */
export const adminRights = (group) => ADMIN.filter(shownIn(group)).filter(([right]) => group.can.includes(right));

export const firstRights = (group) => adminRights(group).map(([right]) => right).filter((right) => right !== NOT_AT_FIRST);

export const memberRights = (group) => MEMBER.filter(shownIn(group));

/** The list with one of them given or taken. */
export const withRight = (rights, right, on) => (on ? [...rights, right] : rights.filter((one) => one !== right));

/** @returns {Member} who one is in a group */
export const self = (group, id) => group.members.find((member) => member.id === id);

export const isAdmin = (member) => ["creator", "administrator"].includes(member?.status);

/** What somebody is called in a list. Only administrators know who hides, and who is restricted. */
export function rankOf(member, viewer) {
  const isSecret = member.is_anonymous || member.status === "restricted";
  return isSecret && !isAdmin(viewer) ? undefined : standingOf(member);
}

/** The same in full, for whoever may know it. */
export const standingOf = ({ status, is_anonymous: hidden }) => (hidden ? `anonymous ${RANKS[status]}` : RANKS[status]);
