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

function mediaForm(files, { caption, as, replyTo }) {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  form.append("as", as);
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to", String(replyTo));
  return form;
}

/** What a person's phone can do. `id` is both the person's and their chat's with the bot. */
export const api = {
  bot: () => request("/bot"),
  join: (person) => post("", person),
  messages: (id) => request(`/${id}/chats/${id}/messages`),
  eventsUrl: (id, after) => `/people/${id}/events?after=${after}`,
  sendText: (id, text, replyTo) => post(`/${id}/chats/${id}/text`, { text, reply_to: replyTo }),
  sendMedia: (id, files, how) =>
    request(`/${id}/chats/${id}/media`, { method: "POST", body: mediaForm(files, how) }),
  tap: (id, messageId, button) =>
    post(`/${id}/chats/${id}/tap`, { message_id: messageId, ...(button.data ? { data: button.data } : { text: button.text }) }),
  edit: (id, messageId, text) => post(`/${id}/chats/${id}/edit`, { message_id: messageId, text }),
  remove: (id, messageId) => post(`/${id}/chats/${id}/delete`, { message_id: messageId }),
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
