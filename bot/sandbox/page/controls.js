/** What the screens of a group are made of: rows that lead on, switches, choices, people. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { memberPortrait } from "./persona.js";

export const section = (title, ...children) => h("section", { class: "section" }, title && h("h3", {}, title), ...children);

export const hint = (text) => h("p", { class: "small-print" }, text);

/** Something to do; with a `value` it leads to where that is changed. */
export function action({ icon: name, label, value, danger, run, testid }) {
  return h(
    "button",
    { type: "button", class: danger ? "item danger" : "item", name: testid, onclick: run, dataset: { testid } },
    icon(name),
    h("span", { class: "label" }, label),
    value !== undefined && h("span", { class: "value" }, value),
    value !== undefined && icon("right"),
  );
}

/** @param {(on: boolean) => void} run */
export function toggle({ label, more, on, name, run, disabled }) {
  const box = h("input", { type: "checkbox", role: "switch", name, checked: on, disabled, dataset: { testid: name } });
  box.addEventListener("change", () => run(box.checked));
  return h("label", { class: "switch" }, h("span", {}, label, more && h("small", {}, more)), box);
}

/** One of several. @param {[value, label][]} options */
export function choice({ label, name, options, chosen, run }) {
  const option = ([value, words]) => {
    const dot = h("input", { type: "radio", name, value, checked: value === chosen });
    dot.addEventListener("change", () => run(value));
    return h("label", { class: "option" }, dot, words);
  };
  return h("div", { role: "radiogroup", "aria-label": label, class: "options", dataset: { testid: name } }, options.map(option));
}

export function field({ label, name, action: verb, run }) {
  const input = h("input", { type: "text", name, maxlength: 64, required: true, "aria-label": label, placeholder: label, autocomplete: "off", dataset: { testid: name } });
  const form = h("form", { class: "field" }, input, h("button", { type: "submit", class: "wide" }, verb));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = input.value.trim();
    input.value = "";
    if (words) run(words);
  });
  return form;
}

const face = (person, words) => [
  memberPortrait(person),
  h("span", { class: "label" }, person.first_name, person.is_bot && h("small", {}, " bot"), words && h("small", { class: "below" }, words)),
];

/** Somebody in a list; without `run` only to be looked at. */
export function personLine(person, { badge, words, run, testid, sign = "right" }) {
  const content = [...face(person, words), badge && h("span", { class: "badge" }, badge)];
  if (!run) return h("li", {}, h("div", { class: "item still" }, content));
  const name = `${testid}-${person.id}`;
  return h("li", {}, h("button", { type: "button", class: "item", name, onclick: run, dataset: { testid } }, content, icon(sign)));
}

/** Somebody to be ticked. */
export function personBox(person, checked) {
  const box = h("input", { type: "checkbox", value: person.id, checked, "aria-label": person.first_name });
  return h("label", { class: "item" }, face(person), box);
}
