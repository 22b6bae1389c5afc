import { api } from "./api.js";
import { attempt } from "./attempt.js";
import { choice, hint, personBox, section } from "./controls.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openDialog } from "./notices.js";

const KINDS = {
  group: { label: "Basic group", type: "group" },
  supergroup: { label: "Supergroup", type: "supergroup" },
  forum: { label: "Supergroup with topics", type: "supergroup", is_forum: true },
};

/**
 * Asks for what a new group needs, and makes it.
 * @param {(chatId) => Promise<void>} onMade
 */
export async function newGroup({ id }, onMade) {
  const known = await attempt(api.contacts(id));
  if (!known) return;
  dialogWith(known.contacts, async (group) => {
    const made = await attempt(api.newGroup(id, group));
    return made && ((await attempt(onMade(made.chat_id))) ?? false);
  });
}

/** @param {(group) => Promise<boolean>} create whether it was done */
function dialogWith(contacts, create) {
  let kind = "group";
  const options = Object.entries(KINDS).map(([name, { label }]) => [name, label]);
  const title = h("input", { type: "text", maxlength: 128, required: true, placeholder: "Name of the group", "aria-label": "Name of the group", autocomplete: "off", dataset: { testid: "group-name" } });
  const people = contacts.map((person) => personBox(person, true));
  const form = h(
    "form",
    {},
    title,
    section("What it is", choice({ label: "What it is", name: "kind", options, chosen: kind, run: (chosen) => (kind = chosen) }), hint("A basic group can be upgraded later.")),
    section("Who is in it", ...people),
    h("button", { type: "submit", class: "wide", dataset: { testid: "create" } }, "Create"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = contacts.filter((_, index) => people[index].control.checked);
    if (await create(request(title.value.trim(), KINDS[kind], chosen))) dialog.close();
  });
  const close = h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"));
  const header = h("header", {}, h("h2", { id: "new-group-title" }, "New group"), close);
  const dialog = h("dialog", { class: "sheet group", "aria-labelledby": "new-group-title", dataset: { testid: "new-group" } }, header, form);
  openDialog(dialog);
  title.focus();
}

const request = (title, { type, is_forum = false }, chosen) => ({
  title,
  type,
  is_forum,
  members: chosen.filter((person) => !person.is_bot).map(({ id }) => id),
  with_bot: chosen.some((person) => person.is_bot),
});
