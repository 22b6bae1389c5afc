import { api } from "./api.js";
import { attempt } from "./attempt.js";

/** Goes to a message of the open chat, in whichever topic it is; where it is gone, nowhere. */
export async function goTo(number, { session, places, log, scroller }, reload) {
  const answer = await attempt(api.messages(session.place));
  const found = answer?.messages.find(({ message_id: id }) => id === number);
  if (!found) return;
  if (!places.holds(found)) {
    places.enter(found);
    await reload();
  }
  scroller.toNode(log.nodeOf(number));
}
