/** The chat page: builds the parts and says what each event and each tap does. */
import { api, sampleFiles } from "./api.js";
import { attachments } from "./attach.js";
import { attempt, copy, tell } from "./attempt.js";
import { CommandMenu } from "./commands.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId, spinner } from "./dom.js";
import { Gestures } from "./gestures.js";
import { clearAction, showAction, showBot, showChat } from "./header.js";
import { goTo } from "./go_to.js";
import { GroupDialog } from "./group.js";
import { icon } from "./icons.js";
import { Taps } from "./keyboard.js";
import { ownLink } from "./links.js";
import { MessageLog } from "./log.js";
import { row } from "./message.js";
import { MessageMenu } from "./message_menu.js";
import { newGroup } from "./new_group.js";
import { alertDialog, toast, viewer } from "./notices.js";
import { Offers } from "./offers.js";
import { Persona } from "./persona.js";
import { Places, groupDialog } from "./places.js";
import { Preview } from "./preview.js";
import { Scroller } from "./scroller.js";
import { Session } from "./session.js";
import { themeButton } from "./theme.js";
import { Writing } from "./writing.js";

const BAR_AFTER = 700; // milliseconds; a shorter gap is not worth a word

class Chat {
  constructor() {
    this.session = new Session();
    this.bot = {};
    this.loaded = false;
    this.late = null;
    this.taps = new Taps({ send: (message, button) => api.tap(this.session.place, message.message_id, button), onError: tell });
    this.log = new MessageLog(byId("log"), (messages, photos) => row(messages, this.#rowActs(), photos));
    this.scroller = new Scroller(byId("scroller"), byId("content"), byId("down"));
    this.commands = new CommandMenu((command) => this.say(command));
    this.composer = new Composer({ send: (text, mode) => this.#submit(text, mode), onTyping: (text) => this.#typed(text) });
    this.preview = new Preview({ send: (files, how) => this.#sendMedia(files, how), onCancel: (caption) => this.composer.giveBack(caption) });
    this.offers = new Offers(this.#offerActs());
    this.places = new Places(this.session, this.#placeActs());
    this.group = new GroupDialog(this.session, { current: () => this.places.group, attempt });
    this.writing = new Writing(this.session);
    this.menu = new MessageMenu(this.session, { log: this.log, composer: this.composer, reactions: () => this.places.group?.reactions ?? null });
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

  /** Sends words as if they had been typed; in a group a command says which bot it is for. */
  say(text) {
    const command = this.session.inGroup && /^\/\w+(?![\w@])/.exec(text)?.[0];
    const words = command ? text.replace(command, `${command}@${this.bot.username}`) : text;
    const { thread } = this.places;
    return attempt(api.sendText(this.session.place, words, { thread })).then(() => this.scroller.toEnd());
  }

  #listen() {
    themeButton();
    byId("attach-button").append(icon("attach"));
    byId("start").addEventListener("click", () => this.say("/start"));
    byId("unblock").addEventListener("click", () => attempt(this.session.setBlocked(false)).then(() => this.#showBottom()));
    attachments({
      onSample: (name) => attempt(sampleFiles([name])).then((files) => files && this.#sendMedia(files, { as: "photo" })),
      onSamples: (names) => attempt(sampleFiles(names)).then((files) => files && this.#showPreview(files, false)),
      onFiles: (files, asFile) => this.#showPreview(files, asFile),
    });
    new Gestures(byId("log"), {
      onMenu: (node, place) => this.menu.open(this.#messageOf(node), place),
      onReply: (node) => this.composer.reply(this.#messageOf(node)),
    });
  }

  #rowActs() {
    return {
      taps: this.taps,
      isGroup: () => this.session.inGroup,
      find: (id) => this.log.find(id),
      onCommand: (command) => this.say(command),
      onCopy: (words) => attempt(copy(words)),
      onLink: (url) => this.#follow(url),
      onMenu: (message, place, opener) => this.menu.open(message, place, opener),
      onPhoto: viewer,
      onQuote: (id) => this.scroller.toNode(this.log.nodeOf(id)),
      onReply: (message) => this.composer.reply(message),
      onShare: (words) => groupDialog(this.places.groups, "Share in…", (group) => this.#open(group).then(() => this.composer.write(`@${this.bot.username} ${words}`))),
    };
  }

  #personaActs() {
    return {
      attempt,
      blockedChanged: () => this.#showBottom(),
      beOwner: () => this.#actAs(this.session.owner),
      startOver: (name) => this.#startOver(name),
    };
  }

  #placeActs() {
    return {
      open: (chat) => this.#open(chat),
      topic: () => this.#reload(),
      about: () => this.group.open(),
      found: () => newGroup(this.session, (id) => this.#listChats().then(() => this.#open({ id }))),
      actAs: (member) => this.#actAs(member),
    };
  }

  #offerActs() {
    const start = (parameter) => {
      this.composer.clear();
      return this.#openPrivate().then(() => this.say(`/start ${parameter}`));
    };
    return {
      ask: (words, offset) => attempt(api.ask(this.session.place, words, offset)),
      choose: (query, result) => this.#choose(query, result),
      onButton: start,
    };
  }

  #typed(text) {
    this.commands.typed(text);
    this.offers.typed(text, this.bot.username);
  }

  #choose(queryId, resultId) {
    this.composer.clear();
    return attempt(api.choose(this.session.place, queryId, resultId, this.places.thread));
  }

  async #prepare(last) {
    const same = await this.session.join();
    this.persona.show();
    await this.#listChats();
    const { listed } = this;
    const bot = await api.bot();
    const { place } = this.session;
    const { messages, last_event: newest } = await api.messages(place);
    this.#setBot(bot);
    if (this.session.inGroup) this.commands.setCommands((await api.commands(this.session.place)).commands);
    if (same && last !== null && newest >= last) return last;
    // Whoever has opened another chat meanwhile sees that one.
    if (place.chat === this.session.place.chat) this.#showMessages(messages);
    return listed; // what happened since then comes as events, if for the second time
  }

  /**
   * The person's chats; an open one that is gone, or has become another, is left.
   * @returns {Promise<boolean>} whether what was looked at is still there
   */
  async #listChats() {
    const { chats, last_event: last } = await api.chats(this.session.id);
    this.listed = last;
    const { chat } = this.session.place;
    const isThere = chats.some(({ id }) => id === chat);
    if (!isThere) this.session.open(null);
    this.writing.set(chats);
    const isSameTopic = this.places.set(chats);
    showChat(this.places.current);
    this.group.refresh();
    this.#showBottom();
    return isThere && isSameTopic;
  }

  #showMessages(messages) {
    this.late = null; // an answer that is still on its way is out of date
    this.log.reset(messages.filter((message) => this.places.holds(message)));
    this.loaded = true;
    this.#showBottom();
    this.scroller.toEnd();
  }

  /** Shows the open chat, or the open topic in it, as the server has it. */
  async #reload() {
    this.composer.leaveMode();
    const { place } = this.session;
    const late = (this.late = []); // events overtake the answer: they wait for it
    const answer = await attempt(Promise.all([api.messages(place), api.commands(place)]));
    if (late !== this.late) return; // something else was opened meanwhile
    if (answer && place.chat === this.session.place.chat) {
      const [{ messages }, { commands }] = answer;
      this.#showMessages(messages);
      this.commands.setCommands(this.session.inGroup ? commands : (this.bot.commands ?? []));
    }
    this.late = null;
    for (const [kind, data] of late) this.#receive(kind, data);
  }

  #open({ id, type }) {
    if (id === this.session.place.chat) return Promise.resolve();
    this.session.open(type === "private" ? null : id);
    this.places.topic = null;
    this.places.show();
    showChat(this.places.current);
    return this.#reload();
  }

  #openPrivate() {
    return this.#open({ id: this.session.id, type: "private" });
  }

  async #actAs(member) {
    this.connection.reset();
    this.session.actAs(member);
    this.persona.show();
    this.places.show();
    await this.connection.open();
  }

  async #chatChanged({ chat_id: id, migrated_to: successor }) {
    if (successor && this.session.place.chat === id) this.session.open(successor);
    if (!(await attempt(this.#listChats())) || successor) await this.#reload();
  }

  #setBot(bot) {
    this.bot = bot;
    showBot(bot);
    if (!this.session.inGroup) this.commands.setCommands(bot.commands ?? []);
  }

  #receive(kind, data) {
    if (kind === "chat") return void this.#chatChanged(data);
    if (data.chat_id !== undefined && data.chat_id !== this.session.place.chat) {
      if (kind === "message" && !data.message.outgoing) this.places.missed(data.chat_id);
      return;
    }
    if (this.late) return void this.late.push([kind, data]);
    if (data.message && !this.places.holds(data.message)) return;
    const acts = {
      message: () => this.#arrived(data.message),
      edited: () => this.log.put(data.message),
      deleted: () => this.#deleted(data.message_id),
      action: () => showAction(data.action),
      callback_answer: () => this.#answered(data),
      reaction: () => this.log.react(data.message_id, data.emoji),
      inline_results: () => this.offers.answered(data),
      bot: () => api.bot().then((bot) => this.#setBot(bot), tell),
    };
    acts[kind]();
  }

  #arrived(message) {
    const isNew = this.log.put(message);
    if (!message.outgoing) clearAction();
    else if (!message.service) this.writing.spoke();
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

  /** @returns {boolean} whether the link led to somewhere in here and has been followed */
  #follow(url) {
    const own = ownLink(url, this.bot.username);
    if (own?.message) return this.#visit(own);
    if (own?.command) this.#openPrivate().then(() => this.say(own.command));
    else if (own) this.#bring(own);
    return own !== null;
  }

  /** @returns {boolean} whether the person is in that group */
  #visit({ chat, message }) {
    const group = this.places.groups.find(({ id }) => id === chat);
    if (group) this.#open(group).then(() => goTo(message, this, () => this.#reload()));
    return group !== undefined;
  }

  #bring({ start, admin }) {
    const bring = (group) => attempt(api.bring({ id: this.session.id, chat: group.id }, start, admin)).then(() => this.#open(group));
    const { first_name: name } = this.bot;
    groupDialog(this.places.groups, admin ? `Make ${name} an admin of…` : `Add ${name} to…`, bring);
  }

  #messageOf(node) {
    return this.log.find(node.order);
  }

  async #submit(text, mode) {
    const { place } = this.session;
    if (mode?.kind === "edit") return attempt(api.edit(place, mode.message.message_id, text));
    const how = { replyTo: mode?.message.message_id, thread: this.places.thread };
    const sent = await attempt(api.sendText(place, text, how));
    this.scroller.toEnd();
    return sent;
  }

  async #sendMedia(files, how) {
    const replyTo = this.composer.replyTo;
    const sent = await attempt(api.sendMedia(this.session.place, files, { ...how, replyTo, thread: this.places.thread }));
    if (sent) this.composer.leaveMode();
    this.scroller.toEnd();
    return sent;
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
    const empty = this.log.size === 0 && !this.session.inGroup;
    const { blocked } = this.session;
    byId("about").hidden = !this.loaded || !empty;
    byId("unblock").hidden = !this.loaded || !blocked;
    byId("start").hidden = !this.loaded || blocked || !empty;
    const mayWrite = this.writing.show(this.places.group, this.places.topic);
    byId("composer").hidden = !this.loaded || blocked || empty || !mayWrite;
  }

  #showConnection(online) {
    clearTimeout(this.barTimer);
    const bar = byId("connecting");
    bar.replaceChildren(spinner(), "Connecting…");
    if (online) bar.hidden = true;
    else this.barTimer = setTimeout(() => (bar.hidden = false), BAR_AFTER);
  }
}

new Chat().start();
