import { byId } from "./dom.js";
import { icon } from "./icons.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

const current = () => document.documentElement.dataset.theme ?? (DARK.matches ? "dark" : "light");

/** The button that turns light to dark and back, and remembers it. */
export function themeButton() {
  const button = byId("theme");
  const show = () => {
    const other = current() === "dark" ? "light" : "dark";
    button.replaceChildren(icon(other === "dark" ? "moon" : "sun"));
    button.setAttribute("aria-label", `Switch to ${other}`);
    button.title = `Switch to ${other}`;
    paintBrowserBar();
  };
  button.addEventListener("click", () => {
    remember(current() === "dark" ? "light" : "dark");
    show();
  });
  DARK.addEventListener("change", show);
  show();
}

function remember(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("chat.theme", theme);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

/** A phone's browser colours its own bar like the page's header. */
function paintBrowserBar() {
  const color = getComputedStyle(document.querySelector(".top")).backgroundColor;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.content = color;
}
