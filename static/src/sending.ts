// Sends one kept letter and says what came of it.
import type { Letter } from "./letters";

export type Outcome =
  | { kind: "sent"; url: string }
  /** Nothing is wrong with the letter: it is tried again. */
  | { kind: "later"; reason: string; notBefore: number }
  | { kind: "refused"; reason: string };

const SIGNED_OUT = "You are no longer logged in. It is kept on this computer and sent after you have logged in again.";
const STALE = "It is kept on this computer and sent from the next page that you open.";
const REFUSALS: Record<number, string> = {
  404: "It is not on the site any more.",
  413: "It is too long for the server. Shorten it and submit it again.",
};

export async function send(letter: Letter, user: string, csrf: string): Promise<Outcome> {
  try {
    const response = await fetch(letter.url, {
      method: "POST",
      body: new URLSearchParams([...letter.fields, ["csrfmiddlewaretoken", csrf]]),
      // The server takes it for this person alone, whoever has logged in since, and answers where it leads.
      headers: { "X-Outbox": user, Accept: "application/json, text/html" },
      credentials: "same-origin",
      redirect: "manual",
    });
    return await outcome(response);
  } catch {
    return later("");
  }
}

function later(reason: string, seconds = 0): Outcome {
  return { kind: "later", reason, notBefore: seconds ? Date.now() + seconds * 1_000 : 0 };
}

async function outcome(response: Response): Promise<Outcome> {
  if (response.ok) return sent(response);
  if (response.status === 401) return later(SIGNED_OUT);
  if (response.status === 403) return later(STALE);
  if (response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After")) || 60;
    return later(`The site takes it in ${seconds} ${seconds === 1 ? "second" : "seconds"}; it is sent by itself then.`, seconds);
  }
  // A redirect is none of our answers, and a fault of the server may pass.
  if (response.type === "opaqueredirect" || response.status < 400 || response.status >= 500) return later("");
  return { kind: "refused", reason: (await told(response)) || REFUSALS[response.status] || "The server did not take it." };
}

/** Whatever stands between us and the server (a hotel's log-in page) may answer 200: only our own answer counts. */
async function sent(response: Response): Promise<Outcome> {
  const body = (await response.json().catch(() => ({}))) as { url?: unknown };
  return typeof body.url === "string" && body.url.startsWith("/") ? { kind: "sent", url: body.url } : later("");
}

/** The sentence with which the page refuses. */
async function told(response: Response): Promise<string> {
  const page = new DOMParser().parseFromString(await response.text().catch(() => ""), "text/html");
  const text = page.querySelector("main [role=alert] p, main .notice-danger p")?.textContent ?? "";
  return text.replace(/\s+/g, " ").trim();
}
