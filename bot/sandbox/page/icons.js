const SVG = "http://www.w3.org/2000/svg";

/** Path data on a 24 × 24 grid, drawn with a stroke. */
const PATHS = {
  alert: "M12 8v5M12 16.5v.01M12 3.5 21.5 20h-19z",
  attach: "m20 11.5-8.3 8.3a5.3 5.3 0 0 1-7.5-7.5l8.8-8.8a3.5 3.5 0 0 1 5 5l-8.6 8.6a1.8 1.8 0 0 1-2.5-2.5l7.8-7.9",
  back: "M9 14 4 9l5-5M4 9h9a7 7 0 0 1 7 7v3",
  block: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M5.8 5.8l12.4 12.4",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "m6 6 12 12M18 6 6 18",
  commands: "M4 7h16M4 12h16M4 17h10",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3 2",
  down: "M12 5v13M6 12.5l6 6 6-6",
  download: "M12 4v11m-5-4.5 5 5 5-5M5 20h14",
  door: "M10 4H5v16h5M15 8l4 4-4 4M9.5 12H19",
  edit: "m4 20 1-4.5L16 4.5l3.5 3.5L8.5 19zM14 6.5l3.5 3.5",
  file: "M6 3h8l4.5 4.5V21H6zM13.5 3v5h5",
  heart: "M12 20S4 15 4 9.3A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 8 2.3C20 15 12 20 12 20z",
  left: "m14.5 5-7 7 7 7",
  lock: "M6 10.5h12V20H6zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5M12 14v2.5",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  outside: "M8 16 17 7M9.5 7H17v7.5",
  photo: "M4 5h16v14H4zM4 16l5-5 4.5 4.5L16 13l4 4M15.5 9v.01",
  plus: "M12 5v14M5 12h14",
  right: "m9.5 5 7 7-7 7",
  restart: "M5 12a7 7 0 1 1 2 5M5 18v-4.5h4.5",
  send: "M12 19V5.5M5.5 12 12 5.5l6.5 6.5",
  shield: "M12 3.5 19 6v5.5c0 4.3-2.9 7.3-7 9-4.1-1.7-7-4.7-7-9V6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  topics: "M5 9h14M5 15h14M10 4 8 20M16 4l-2 16",
  trash: "M4.5 7h15M10 7V4.5h4V7M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
  up: "M12 19V6M6 11.5l6-6 6 6",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
