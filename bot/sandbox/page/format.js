const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const MEGABYTE = 1024 * 1024;

/** @param {number} seconds since 1970, as the Bot API counts */
export const clock = (seconds) => CLOCK.format(new Date(seconds * 1000));

export function dayLabel(seconds) {
  const day = new Date(seconds * 1000);
  return day.toDateString() === new Date().toDateString() ? "Today" : DAY.format(day);
}

export function fileSize(bytes) {
  if (bytes >= MEGABYTE) return `${(bytes / MEGABYTE).toFixed(1)} MB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} KB` : `${bytes} B`;
}

/** What a quote or a reply bar says of a message. */
export function summary(message) {
  const words = message.text ?? message.caption ?? message.service;
  if (words) return words.split("\n", 1)[0];
  if (message.photo) return "Photo";
  return message.document?.file_name ?? "Message";
}

export const isPicture = (mimeType) => /^image\/(png|jpeg|webp|gif)$/.test(mimeType ?? "");
