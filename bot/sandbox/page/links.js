const parse = (url) => (URL.canParse(url) ? new URL(url) : null);

/** A link to the bot itself works inside the chat, as in Telegram: the command that it stands for, or null. */
export function startCommand(url, username) {
  const link = parse(url);
  if (!link || link.hostname !== "t.me" || !username) return null;
  if (link.pathname.slice(1).toLowerCase() !== username.toLowerCase()) return null;
  const payload = link.searchParams.get("start");
  return payload ? `/start ${payload}` : "/start";
}

export const isWebLink = (url) => ["http:", "https:"].includes(parse(url)?.protocol);
