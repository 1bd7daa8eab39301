// What this browser and this tab are called when they save a draft: no tab is ever locked out of its own.
const DEVICE = "onsite-device";
const TAB = "onsite-tab";
const LOCK = "onsite-tab:";

function kept(store: () => Storage, key: string): string {
  try {
    const known = store().getItem(key);
    if (known && /^[0-9a-f]{16}$/.test(known)) return known;
    const made = random();
    store().setItem(key, made);
    return made;
  } catch {
    return random(); // storage is closed: a name for as long as the page
  }
}

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const device = kept(() => localStorage, DEVICE);
// Kept over a reload, a link and the way back; another tab has another one.
const tab = kept(() => sessionStorage, TAB);

/** `browser.tab`, as the server hears it with each saved draft. */
export const tabName = `${device}.${tab}`;

/** Lets the other tabs of this browser know that this one is open. */
export function stayKnown(): void {
  void navigator.locks?.request(LOCK + tab, { mode: "shared" }, () => new Promise<void>(() => undefined)).catch(() => undefined);
}

/** Where the tab of that name is: this one, another of this browser that is still open, or another device. */
export async function placeOf(name: string): Promise<"here" | "tab" | "device"> {
  const [itsDevice, itsTab] = name.split(".");
  if (!itsDevice || !itsTab || name === tabName) return "here";
  if (itsDevice !== device) return "device";
  const { held } = (await navigator.locks?.query()) ?? {};
  // A tab of this browser that was closed is not writing any more.
  return held?.some((lock) => lock.name === LOCK + itsTab) ? "tab" : "here";
}
