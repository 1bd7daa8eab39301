// Local copies of answers that are being written. They are keyed by user and question, and deleted at log-out and as
// soon as another user's page is seen, so that the next person at this computer finds nothing.
export interface LocalDraft {
  text: string;
  seconds: number;
  /** When it was kept here, ISO. */
  at: string;
  /** The server's time of the server copy that this text goes on from; empty when there was none. */
  base: string;
}

const PREFIX = "onsite:";
const OWNER = "onsite:owner";
// After the log-out button nothing may be written any more, by whatever timer is still running.
let isClosed = false;

function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function keyOf(user: string, slug: string): string {
  return `${PREFIX}draft:${user}:${slug}`;
}

function otherKey(user: string, slug: string): string {
  return `${PREFIX}other:${user}:${slug}`;
}

export function readDraft(user: string, slug: string): LocalDraft | null {
  return readAt(keyOf(user, slug));
}

/** The version that was not shown last time: kept until the person drops it or submits. */
export function readOther(user: string, slug: string): LocalDraft | null {
  return readAt(otherKey(user, slug));
}

export function writeOther(user: string, slug: string, other: LocalDraft | null): void {
  try {
    if (isClosed) return;
    if (other) storage()?.setItem(otherKey(user, slug), JSON.stringify(other));
    else storage()?.removeItem(otherKey(user, slug));
  } catch {
    // Full: the other version lasts as long as the page.
  }
}

/** Notes that were typed and not kept yet; null when there are none. */
export function readNote(user: string, slug: string): string | null {
  return storage()?.getItem(`${PREFIX}note:${user}:${slug}`) ?? null;
}

export function writeNote(user: string, slug: string, text: string | null): void {
  try {
    if (isClosed) return;
    if (text === null) storage()?.removeItem(`${PREFIX}note:${user}:${slug}`);
    else storage()?.setItem(`${PREFIX}note:${user}:${slug}`, text);
  } catch {
    // Full: the notes last as long as the page.
  }
}

/** What else this browser keeps for the person until the server has it: gone at log-out, like the drafts. */
export function readKept(name: string): string | null {
  return storage()?.getItem(PREFIX + name) ?? null;
}

/** False when this browser cannot keep it. */
export function writeKept(name: string, text: string | null): boolean {
  try {
    const store = storage();
    if (!store || isClosed) return false;
    if (text === null) store.removeItem(PREFIX + name);
    else store.setItem(PREFIX + name, text);
    return true;
  } catch {
    return false;
  }
}

function readAt(key: string): LocalDraft | null {
  try {
    const raw: unknown = JSON.parse(storage()?.getItem(key) ?? "null");
    if (typeof raw !== "object" || raw === null) return null;
    const { text, seconds, at, base } = raw as Partial<LocalDraft>;
    if (typeof text !== "string" || !text.trim()) return null;
    return { text, seconds: Number(seconds) || 0, at: String(at ?? ""), base: String(base ?? "") };
  } catch {
    return null;
  }
}

/** False when this browser cannot keep it: storage is closed or full. */
export function writeDraft(user: string, slug: string, draft: LocalDraft): boolean {
  try {
    const store = storage();
    if (!store || isClosed) return false;
    if (draft.text.trim()) store.setItem(keyOf(user, slug), JSON.stringify(draft));
    else store.removeItem(keyOf(user, slug));
    return true;
  } catch {
    return false;
  }
}

function forgetAll(): void {
  const store = storage();
  if (!store) return;
  for (const key of Object.keys(store)) if (key.startsWith(PREFIX)) store.removeItem(key);
}

/** A page of another user ends the stay of the last one's drafts; a page of nobody (a lost session) does not. */
function forgetOthers(user: string): void {
  const store = storage();
  if (!store || !user) return;
  try {
    const owner = store.getItem(OWNER);
    if (owner !== null && owner !== user) forgetAll();
    store.setItem(OWNER, user);
  } catch {
    // Full: nothing of ours is added, and nothing of anybody else's can be read under our key.
  }
}

export function startDrafts(user: string): void {
  forgetOthers(user);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-logout]")) {
    form.addEventListener("submit", () => {
      isClosed = true;
      forgetAll();
    });
  }
  // The page of an account that has been deleted.
  if (document.querySelector("[data-forget-drafts]")) forgetAll();
  const sent = document.querySelector<HTMLElement>("[data-clear-draft]")?.dataset.clearDraft;
  if (user && sent) clearSent(user, sent);
}

/** The answer has arrived: its local copy goes, unless something newer was typed for another attempt. */
function clearSent(user: string, slug: string): void {
  if (storage()?.getItem(sentKey(user, slug)) == null) return;
  unmarkSent(user, slug);
  storage()?.removeItem(keyOf(user, slug));
  storage()?.removeItem(otherKey(user, slug));
}

function sentKey(user: string, slug: string): string {
  return `${PREFIX}sent:${user}:${slug}`;
}

/** Notes at submit that the next answer page may drop the local copy. */
export function markSent(user: string, slug: string): void {
  try {
    storage()?.setItem(sentKey(user, slug), "1");
  } catch {
    // The copy stays then, and is offered as the other version.
  }
}

/** The question page is open again: whatever was sent did not end it. */
export function unmarkSent(user: string, slug: string): void {
  storage()?.removeItem(sentKey(user, slug));
}
