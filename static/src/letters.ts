// What was submitted without a connection, kept in this browser by user until the server has it. Storage only.
import { type LocalDraft, readDraft, readKept, writeDraft, writeKept, writeOther } from "./drafts";
import { tabName } from "./tab";

export interface Letter {
  /** Of an answer: its form's token, by which the server takes it once. Of a rating: its address. */
  id: string;
  kind: "answer" | "rating";
  slug: string;
  title: string;
  url: string;
  fields: [string, string][];
  /** When it was submitted, ISO. */
  at: string;
  /** `posted`: an ordinary submit is on its way, and this is the copy in case that it gets lost. */
  state: "waiting" | "posted" | "refused";
  /** The tab that submitted it. */
  tab: string;
  /** Why the server refused it, or what it waits for besides the connection. */
  reason: string;
  /** Not to be sent before, in milliseconds since 1970. */
  notBefore: number;
}

/** The answer to an ordinary submit takes seconds; after these, another tab may take the copy for lost. */
const POSTED_MS = 15_000;

function keyOf(user: string): string {
  return `outbox:${user}`;
}

export function letters(user: string): Letter[] {
  try {
    const kept: unknown = JSON.parse(readKept(keyOf(user)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isLetter) : [];
  } catch {
    return [];
  }
}

function isLetter(raw: unknown): raw is Letter {
  if (typeof raw !== "object" || raw === null) return false;
  const { id, url, fields } = raw as Partial<Letter>;
  return typeof id === "string" && typeof url === "string" && url.startsWith("/") && Array.isArray(fields);
}

function write(user: string, kept: Letter[]): boolean {
  return writeKept(keyOf(user), kept.length ? JSON.stringify(kept) : null);
}

/** Keeps a letter, in the place of an earlier one of that id; false when this browser cannot. */
export function put(user: string, letter: Letter): boolean {
  const kept = letters(user);
  const place = kept.findIndex(({ id }) => id === letter.id);
  if (place < 0) kept.push(letter);
  else kept[place] = letter;
  return write(user, kept);
}

export function change(user: string, id: string, news: Partial<Letter>): void {
  write(
    user,
    letters(user).map((letter) => (letter.id === id ? { ...letter, ...news } : letter)),
  );
}

export function drop(user: string, id: string): void {
  const kept = letters(user);
  const left = kept.filter((letter) => letter.id !== id);
  if (left.length !== kept.length) write(user, left);
}

/** The ordinary submit of this tab has ended one way or the other, as another page stands in it: its copy is sent. */
export function claimPosted(user: string): void {
  for (const letter of letters(user)) {
    if (letter.state === "posted" && letter.tab === tabName) change(user, letter.id, { state: "waiting" });
  }
}

/** Oldest first: a rating comes after its answer. */
export function due(user: string, now: number, ownPosts: ReadonlySet<string>): Letter[] {
  return letters(user).filter((letter) => {
    if (letter.state === "refused" || letter.notBefore > now || ownPosts.has(letter.id)) return false;
    return letter.state === "waiting" || Date.parse(letter.at) + POSTED_MS < now;
  });
}

export function field(letter: Letter, name: string): string {
  return letter.fields.find(([key]) => key === name)?.[1] ?? "";
}

/** The server has it: the local copy goes, unless something was typed later for another attempt. */
export function dropDraft(user: string, letter: Letter): void {
  const local = readDraft(user, letter.slug);
  if (letter.kind === "answer" && local && Date.parse(local.at) <= Date.parse(letter.at)) {
    writeDraft(user, letter.slug, { ...local, text: "" });
    writeOther(user, letter.slug, null);
  }
}

/** A refused answer is a draft again; beside a later one it is the other version. */
export function backToDraft(user: string, letter: Letter): void {
  const draft: LocalDraft = {
    text: field(letter, "text"),
    seconds: Number(field(letter, "seconds")) || 0,
    at: letter.at,
    base: field(letter, "base"),
  };
  const local = readDraft(user, letter.slug);
  const isOlder = local !== null && Date.parse(local.at) <= Date.parse(letter.at);
  if (!local || isOlder || local.text.trim() === draft.text.trim()) {
    writeDraft(user, letter.slug, { ...draft, at: new Date().toISOString() });
  } else {
    writeOther(user, letter.slug, draft);
  }
  drop(user, letter.id);
}
