// Sends a draft to the server and says in plain words what came of it.
export type Saved =
  | { kind: "saved"; at: string }
  | { kind: "signed-out" }
  | { kind: "refused"; message: string }
  | { kind: "unreachable" };

const REFUSALS: Record<number, string> = {
  404: "This question was withdrawn. Your text stays here; submitting it still works.",
  409: "A newer version of this draft is on the server. Reload the page to choose between the two.",
  413: "This draft is too long for the server: it stays on this computer only.",
  429: "Saving too often: the next try comes by itself.",
};

export async function saveDraft(url: string, csrf: string, text: string, seconds: number, isLeaving = false): Promise<Saved> {
  const body = new URLSearchParams({ text, seconds: String(seconds) });
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
  const body = (await response.json().catch(() => ({}))) as { saved_at?: unknown; error?: unknown };
  if (response.ok) return { kind: "saved", at: String(body.saved_at ?? "") };
  const message = typeof body.error === "string" && body.error ? body.error : REFUSALS[response.status];
  return { kind: "refused", message: message ?? "The server did not take this draft: it is kept on this computer." };
}
