/** The chat's server could not be reached, or it said no. The message is fit to be shown. */
export class ApiError extends Error {}

async function request(path, options) {
  let response;
  try {
    response = await fetch(`/people${path}`, options);
  } catch {
    throw new ApiError("No connection. Try again in a moment.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(sentence(answer.error ?? `that didn't work (${response.status})`));
  return answer;
}

const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1).replace(/[.!?]$/, "")}.`;

const post = (path, body) =>
  request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

function mediaForm(files, { caption, as, replyTo, thread }) {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  form.append("as", as);
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to", String(replyTo));
  if (thread) form.append("thread_id", String(thread));
  return form;
}

const at = ({ id, chat }) => `/${id}/chats/${chat}`;
const choice = ({ data, text }) => (data ? { data } : { text });

/** What a person's phone can do. A place is {id, chat}: whose phone it is, and the chat on it. */
export const api = {
  bot: () => request("/bot"),
  join: (person) => post("", person),
  demoGroup: (id) => post(`/${id}/demo-group`, {}),
  chats: (id) => request(`/${id}/chats`),
  commands: (place) => request(`${at(place)}/commands`),
  messages: (place) => request(`${at(place)}/messages`),
  eventsUrl: (id, after) => `/people/${id}/events?after=${after}`,
  sendText: (place, text, { replyTo, thread } = {}) => post(`${at(place)}/text`, { text, reply_to: replyTo, thread_id: thread }),
  sendMedia: (place, files, how) => request(`${at(place)}/media`, { method: "POST", body: mediaForm(files, how) }),
  tap: (place, messageId, button) => post(`${at(place)}/tap`, { message_id: messageId, ...choice(button) }),
  edit: (place, messageId, text) => post(`${at(place)}/edit`, { message_id: messageId, text }),
  remove: (place, messageId) => post(`${at(place)}/delete`, { message_id: messageId }),
  react: (place, messageId, emoji) => post(`${at(place)}/react`, { message_id: messageId, emoji }),
  /** What is done to a group or to somebody in it, by the name of its path. */
  inGroup: (place, act, body = {}) => post(`${at(place)}/${act}`, body),
  setGroupPhoto: (place, file) => request(`${at(place)}/photo`, { method: "POST", body: mediaForm([file], { as: "photo" }) }),
  contacts: (id) => request(`/${id}/contacts`),
  newGroup: (id, group) => post(`/${id}/groups`, group),
  bring: (place, start, admin) => post(`${at(place)}/bring`, { start, admin }),
  ask: (place, query, offset) => post(`${at(place)}/inline`, { query, offset }),
  choose: (place, queryId, resultId, thread) =>
    post(`${at(place)}/choose`, { inline_query_id: queryId, result_id: resultId, thread_id: thread }),
  setBlocked: (id, blocked) => post(`/${id}/chats/${id}/${blocked ? "block" : "unblock"}`, {}),
  setProfilePhoto: (id, sample) => post(`/${id}/profile-photo`, { sample }),
};

const TYPES = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" };
export const SAMPLES = ["astronaut-face.jpg", "astronaut.png", "astronaut-mirrored.webp"];
export const sampleUrl = (name) => `/samples/${name}`;

/** Sample portraits as the files that a picker would have given. */
export const sampleFiles = (names) => Promise.all(names.map(sampleFile));

async function sampleFile(name) {
  const response = await fetch(sampleUrl(name)).catch(() => null);
  if (!response?.ok) throw new ApiError("The sample could not be loaded.");
  return new File([await response.blob()], name, { type: TYPES[name.split(".").pop()] });
}
