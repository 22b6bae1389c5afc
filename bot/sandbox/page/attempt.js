import { ApiError } from "./api.js";
import { toast } from "./notices.js";

/** Tells the person what went wrong. Resolves to the answer, or to null when there is none. */
export async function attempt(promise) {
  try {
    return (await promise) ?? true;
  } catch (error) {
    tell(error);
    return null;
  }
}

export function tell(error) {
  toast(error instanceof ApiError ? error.message : "That didn't work.");
  if (!(error instanceof ApiError)) console.error(error);
}

export async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied");
}
