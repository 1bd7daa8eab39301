// One writer at a time: an answer that is being written on another device opens read-only here, with a way to take over.
import { announce } from "./announce";
import { placeOf } from "./tab";

const TAKEN = "onsite-taken:";
// Screen readers read the new page first, and drop what changes before they have it.
const SETTLED_MS = 600;

/** The newest text is wanted: the page is loaded again, and this tab is the one that writes from then on. */
export function takeOver(slug: string): void {
  try {
    sessionStorage.setItem(TAKEN + slug, "1");
  } catch {
    // Without storage the other device is only known for two minutes.
  }
  location.reload();
}

function wasTaken(slug: string): boolean {
  try {
    const isTaken = sessionStorage.getItem(TAKEN + slug) !== null;
    sessionStorage.removeItem(TAKEN + slug);
    return isTaken;
  } catch {
    return false;
  }
}

/** Says who writes this answer just now, or null when this tab may go on. */
export async function writtenElsewhere(form: HTMLFormElement): Promise<string | null> {
  const { writer, slug, writerSeconds } = form.dataset;
  const isTaken = wasTaken(slug ?? "");
  if (!writer || isTaken || "bound" in form.dataset) return null;
  const place = await placeOf(writer);
  if (place === "here") return null;
  const ago = Number(writerSeconds) || 0;
  const where = place === "tab" ? "in another tab of this browser" : "on another device";
  const text = `This answer is being written ${where}, saved ${ago} ${ago === 1 ? "second" : "seconds"} ago.`;
  setTimeout(() => announce(`${text} It is read-only here until you choose to go on here.`), SETTLED_MS);
  return text;
}
