// Runs before the first paint, so that a remembered theme doesn't flash the other one.
try {
  const theme = localStorage.getItem("chat.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off in this browser: the system's theme it is.
}
