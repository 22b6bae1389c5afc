const KINDS = ["message", "edited", "deleted", "action", "callback_answer", "reaction", "bot", "chat", "inline_results"];
const SLOWEST_RETRY = 8000; // milliseconds

/**
 * Keeps the stream of events open.
 * `prepare(last)` is asked before each opening and returns the number of the event to go on after:
 * a server that was restarted counts from zero again, which EventSource alone would never notice.
 */
export class Connection {
  #source = null;
  #timer = 0;
  #failures = 0;
  #last = null;
  #attempt = 0;
  #opening = Promise.resolve();

  constructor({ url, prepare, onEvent, onOnline }) {
    Object.assign(this, { url, prepare, onEvent, onOnline });
    addEventListener("online", () => this.#source === null && this.open());
  }

  /** One opening after the other: each may make the person known to the server as somebody new. */
  open() {
    this.close();
    const attempt = this.#attempt;
    this.#opening = this.#opening.then(() => this.#open(attempt));
    return this.#opening;
  }

  async #open(attempt) {
    if (attempt !== this.#attempt) return;
    try {
      const after = await this.prepare(this.#last);
      if (attempt === this.#attempt) this.#listen(after);
    } catch (error) {
      if (attempt === this.#attempt) this.#retry(error);
    }
  }

  /** Forgets where the stream was: the next opening belongs to somebody else. */
  reset() {
    this.close();
    this.#last = null;
  }

  close() {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #listen(after) {
    this.#last = after;
    const source = new EventSource(this.url(after));
    this.#source = source;
    source.onopen = () => this.#online();
    source.onerror = () => this.#retry();
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.#receive(kind, event));
  }

  #receive(kind, event) {
    this.#last = Number(event.lastEventId) || this.#last;
    this.onEvent(kind, JSON.parse(event.data));
  }

  #online() {
    this.#failures = 0;
    this.onOnline(true);
  }

  #retry(error) {
    this.close();
    this.onOnline(false, error);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), Math.min(400 * 2 ** this.#failures, SLOWEST_RETRY));
  }
}
