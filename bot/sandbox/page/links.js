const parse = (url) => (URL.canParse(url) ? new URL(url) : null);

/**
 * A link to the bot itself, or to a message of a supergroup, works inside the page, as in Telegram.
 * @returns {{command: string} | {start: string, admin: string} | {chat: number, message: number} | null}
 *   what to say to the bot in its chat, what to bring it to a group with, or where the message is;
 *   null for any other link
 */
export function ownLink(url, username) {
  const link = parse(url);
  if (!link || link.hostname !== "t.me" || !username) return null;
  const [, group, message] = /^\/c\/(\d+)\/(\d+)$/.exec(link.pathname) ?? [];
  if (group) return { chat: Number(`-100${group}`), message: Number(message) };
  if (link.pathname.slice(1).toLowerCase() !== username.toLowerCase()) return null;
  const { searchParams: asked } = link;
  if (asked.has("startgroup")) return { start: asked.get("startgroup"), admin: asked.get("admin") ?? "" };
  const payload = asked.get("start");
  return { command: payload ? `/start ${payload}` : "/start" };
}

export const isWebLink = (url) => ["http:", "https:"].includes(parse(url)?.protocol);
