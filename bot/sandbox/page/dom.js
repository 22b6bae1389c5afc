/** Small helpers that build nodes. Strings always become text, never markup. */

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProp(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name === "style") for (const [key, part] of Object.entries(value)) node.style.setProperty(key, part);
  else node.setAttribute(name, value === true ? "" : value);
}

export const byId = (id) => document.getElementById(id);

/** Words for a screen reader only. */
export const whispered = (text) => h("span", { class: "whispered" }, text);

export const spinner = () => h("span", { class: "spinner", "aria-hidden": "true" });

export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
