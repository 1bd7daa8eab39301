// Sends a draft to the server and says in plain words what came of it.
import { tabName } from "./tab";

export type Saved =
  | { kind: "saved"; at: string }
  | { kind: "signed-out" }
  /** Another tab or device saved this meanwhile; nothing was overwritten. */
  | { kind: "conflict"; text: string; seconds: number; at: string }
  | { kind: "refused"; message: string }
  | { kind: "unreachable" };

const REFUSALS: Record<number, string> = {
  404: "This question was withdrawn. Your text stays here; submitting it still works.",
  413: "This draft is too long for the server: it stays on this computer only.",
  429: "Saving too often: the next try comes by itself.",
};

export interface Version {
  text: string;
  seconds: number;
  /** The server's time of the version that this one goes on from; empty when there was none. */
  base: string;
}

export async function saveDraft(url: string, csrf: string, { text, seconds, base }: Version, isLeaving = false): Promise<Saved> {
  const body = new URLSearchParams({ text, seconds: String(seconds), base, tab: tabName });
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": csrf, Accept: "application/json" },
      credentials: "same-origin",
      // A redirect can only lead to the log-in page: it must not be followed with the draft.
      redirect: "manual",
      // Browsers cap what may still be sent by a closing page at 64 kB.
      keepalive: isLeaving && body.toString().length < 60_000,
    });
  } catch {
    return { kind: "unreachable" };
  }
  return outcome(response);
}

async function outcome(response: Response): Promise<Saved> {
  if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { kind: "signed-out" };
  if (response.status >= 500) return { kind: "unreachable" };
  const body = (await response.json().catch(() => ({}))) as { saved_at?: unknown; error?: unknown; text?: unknown; seconds?: unknown };
  if (response.ok) return { kind: "saved", at: String(body.saved_at ?? "") };
  if (response.status === 409 && typeof body.text === "string") {
    return { kind: "conflict", text: body.text, seconds: Number(body.seconds) || 0, at: String(body.saved_at ?? "") };
  }
  const message = typeof body.error === "string" && body.error ? body.error : REFUSALS[response.status];
  return { kind: "refused", message: message ?? "The server did not take this draft: it is kept on this computer." };
}
