/** The chat page: builds the parts and says what each event and each tap does. */
import { ApiError, api, sampleFiles } from "./api.js";
import { attachments } from "./attach.js";
import { CommandMenu } from "./commands.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId, spinner } from "./dom.js";
import { Gestures } from "./gestures.js";
import { clearAction, showAction, showBot } from "./header.js";
import { icon } from "./icons.js";
import { Taps } from "./keyboard.js";
import { startCommand } from "./links.js";
import { MessageLog } from "./log.js";
import { contextMenu } from "./menu.js";
import { row } from "./message.js";
import { alertDialog, toast, viewer } from "./notices.js";
import { Persona } from "./persona.js";
import { Preview } from "./preview.js";
import { Scroller } from "./scroller.js";
import { Session } from "./session.js";
import { themeButton } from "./theme.js";

const BAR_AFTER = 700; // milliseconds; a shorter gap is not worth a word

class Chat {
  constructor() {
    this.session = new Session();
    this.bot = {};
    this.loaded = false;
    this.taps = new Taps({ send: (message, button) => api.tap(this.session.id, message.message_id, button), onError: tell });
    this.log = new MessageLog(byId("log"), (messages, photos) => row(messages, this.#rowActs(), photos));
    this.scroller = new Scroller(byId("scroller"), byId("content"), byId("down"));
    this.commands = new CommandMenu((command) => this.say(command));
    this.composer = new Composer({ send: (text, mode) => this.#submit(text, mode), onTyping: (text) => this.commands.typed(text) });
    this.preview = new Preview({ send: (files, how) => this.#sendMedia(files, how), onCancel: (caption) => this.composer.giveBack(caption) });
    this.persona = new Persona(this.session, this.#personaActs());
    this.connection = new Connection({
      url: (after) => api.eventsUrl(this.session.id, after),
      prepare: (last) => this.#prepare(last),
      onEvent: (kind, data) => this.#receive(kind, data),
      onOnline: (online) => this.#showConnection(online),
    });
    this.#listen();
  }

  start() {
    this.connection.open();
  }

  /** Sends words as if they had been typed. */
  say(text) {
    return attempt(api.sendText(this.session.id, text)).then(() => this.scroller.toEnd());
  }

  #listen() {
    themeButton();
    byId("attach-button").append(icon("attach"));
    byId("start").addEventListener("click", () => this.say("/start"));
    byId("unblock").addEventListener("click", () => attempt(this.session.setBlocked(false)).then(() => this.#showBottom()));
    attachments({
      onSample: (name) => this.#sendSample(name),
      onSamples: (names) => this.#previewSamples(names),
      onFiles: (files, asFile) => this.#showPreview(files, asFile),
    });
    new Gestures(byId("log"), {
      onMenu: (node, place) => this.#menu(this.#messageOf(node), place),
      onReply: (node) => this.composer.reply(this.#messageOf(node)),
    });
  }

  #rowActs() {
    return {
      taps: this.taps,
      find: (id) => this.log.find(id),
      onCommand: (command) => this.say(command),
      onCopy: (words) => attempt(copy(words)),
      onLink: (url) => this.#follow(url),
      onMenu: (message, place, opener) => this.#menu(message, place, opener),
      onPhoto: viewer,
      onQuote: (id) => this.scroller.toNode(this.log.nodeOf(id)),
      onReply: (message) => this.composer.reply(message),
    };
  }

  #personaActs() {
    return {
      attempt,
      blockedChanged: () => this.#showBottom(),
      startOver: (name) => this.#startOver(name),
    };
  }

  async #prepare(last) {
    await this.session.join();
    const [bot, { messages, last_event: newest }] = await Promise.all([api.bot(), api.messages(this.session.id)]);
    this.#setBot(bot);
    if (last !== null && newest >= last) return last;
    this.log.reset(messages);
    this.loaded = true;
    this.#showBottom();
    this.scroller.toEnd();
    return newest;
  }

  #setBot(bot) {
    this.bot = bot;
    showBot(bot);
    this.commands.setCommands(bot.commands ?? []);
  }

  #receive(kind, data) {
    if (data.chat_id !== undefined && data.chat_id !== this.session.id) return;
    const acts = {
      message: () => this.#arrived(data.message),
      edited: () => this.log.put(data.message),
      deleted: () => this.#deleted(data.message_id),
      action: () => showAction(data.action),
      callback_answer: () => this.#answered(data),
      reaction: () => this.log.react(data.message_id, data.emoji),
      bot: () => api.bot().then((bot) => this.#setBot(bot), tell),
    };
    acts[kind]();
  }

  #arrived(message) {
    const isNew = this.log.put(message);
    if (!message.outgoing) clearAction();
    if (isNew && !message.outgoing) this.scroller.arrived();
    this.#showBottom();
  }

  #deleted(messageId) {
    this.log.remove(messageId);
    this.composer.leaveMode(messageId);
    this.#showBottom();
  }

  #answered({ callback_query_id: id, text, show_alert: important, url }) {
    this.taps.answered(id);
    if (url) this.#follow(url) || open(url, "_blank", "noopener");
    if (text && important) alertDialog(text, this.bot.first_name);
    else if (text) toast(text);
  }

  /** @returns {boolean} whether the link was one to this chat and has been followed */
  #follow(url) {
    const command = startCommand(url, this.bot.username);
    if (command) this.say(command);
    return command !== null;
  }

  #menu(message, place, opener) {
    const items = [{ label: "Reply", icon: "back", run: () => this.composer.reply(message) }];
    const words = message.text ?? message.caption;
    if (words) items.push({ label: "Copy text", icon: "copy", run: () => attempt(copy(words)) });
    if (message.outgoing && words) items.push({ label: "Edit", icon: "edit", run: () => this.composer.edit(message) });
    items.push({ label: "Delete", icon: "trash", danger: true, run: () => this.#remove(message) });
    contextMenu(items, place, opener);
  }

  #messageOf(node) {
    return this.log.find(node.order);
  }

  #remove(message) {
    const ids = this.log.album(message).map((part) => part.message_id);
    return attempt(Promise.all(ids.map((id) => api.remove(this.session.id, id))));
  }

  async #submit(text, mode) {
    const { id } = this.session;
    if (mode?.kind === "edit") return attempt(api.edit(id, mode.message.message_id, text));
    const sent = await attempt(api.sendText(id, text, mode?.message.message_id));
    this.scroller.toEnd();
    return sent;
  }

  async #sendMedia(files, how) {
    const replyTo = this.composer.replyTo;
    const sent = await attempt(api.sendMedia(this.session.id, files, { ...how, replyTo }));
    if (sent) this.composer.leaveMode();
    this.scroller.toEnd();
    return sent;
  }

  async #sendSample(name) {
    const files = await attempt(sampleFiles([name]));
    if (files) await this.#sendMedia(files, { as: "photo" });
  }

  async #previewSamples(names) {
    const files = await attempt(sampleFiles(names));
    if (files) this.#showPreview(files, false);
  }

  #showPreview(files, asFile) {
    if (this.session.blocked) return toast("You have blocked this bot.");
    return this.preview.show(files, { asFile, caption: this.composer.takeCaption() });
  }

  async #startOver(name) {
    this.connection.reset();
    this.session.become(name);
    this.composer.leaveMode();
    this.log.reset([]);
    this.persona.show();
    this.#showBottom();
    await this.connection.open();
  }

  #showBottom() {
    const empty = this.log.size === 0;
    const { blocked } = this.session;
    byId("about").hidden = !this.loaded || !empty;
    byId("unblock").hidden = !this.loaded || !blocked;
    byId("start").hidden = !this.loaded || blocked || !empty;
    byId("composer").hidden = !this.loaded || blocked || empty;
  }

  #showConnection(online) {
    clearTimeout(this.barTimer);
    const bar = byId("connecting");
    bar.replaceChildren(spinner(), "Connecting…");
    if (online) bar.hidden = true;
    else this.barTimer = setTimeout(() => (bar.hidden = false), BAR_AFTER);
  }
}

/** Tells the person what went wrong. Resolves to the answer, or to null when there is none. */
async function attempt(promise) {
  try {
    return (await promise) ?? true;
  } catch (error) {
    tell(error);
    return null;
  }
}

function tell(error) {
  toast(error instanceof ApiError ? error.message : "That didn't work.");
  if (!(error instanceof ApiError)) console.error(error);
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied");
}

new Chat().start();
