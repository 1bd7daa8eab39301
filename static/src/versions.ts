// Which version of an answer opens: the server's draft or the copy that this browser kept. Pure.
import type { LocalDraft } from "./drafts";

export interface ServerDraft {
  text: string;
  seconds: number;
  /** ISO time of the server; empty when there is no draft. */
  at: string;
}

export interface Choice {
  text: string;
  seconds: number;
  /** The version not shown, for "Show that version"; null when both say the same. */
  other: Other | null;
}

export interface Other {
  text: string;
  seconds: number;
  from: "server" | "here";
  /** ISO time at which it was kept. */
  at: string;
}

/** The newer version wins and the other one is offered; nothing is ever dropped here. */
export function choose(server: ServerDraft, local: LocalDraft | null, lastAttemptAt: string): Choice {
  const asServer = { text: server.text, seconds: server.seconds, other: null };
  if (!local || local.text.trim() === server.text.trim()) return asServer;
  const here = { text: local.text, seconds: local.seconds, from: "here" as const, at: local.at };
  if (isLocalNewer(server, local, lastAttemptAt)) {
    const other = server.text.trim() ? { text: server.text, seconds: server.seconds, from: "server" as const, at: server.at } : null;
    return { text: local.text, seconds: Math.max(local.seconds, server.seconds), other };
  }
  return { ...asServer, other: here };
}

function isLocalNewer(server: ServerDraft, local: LocalDraft, lastAttemptAt: string): boolean {
  // Written before the last answer: most likely that answer itself.
  if (lastAttemptAt && !server.text.trim() && Date.parse(local.at) < Date.parse(lastAttemptAt)) return false;
  if (!server.text.trim()) return true;
  // It goes on from exactly this server copy: newer by construction, whatever the two clocks say.
  if (local.base && Date.parse(local.base) === Date.parse(server.at)) return true;
  return Date.parse(local.at) > Date.parse(server.at);
}
