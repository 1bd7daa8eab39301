// What a page shows of the outbox: a form that is kept, what waits or was refused elsewhere, and what has been sent.
import { announce } from "./announce";
import { type Letter, field } from "./letters";

export const KEPT = "Kept on this computer; it is sent when the connection is back.";
const OFFLINE = "You are offline: this needs the connection. What you have typed stays here.";
const RATINGS: Record<string, string> = { 1: "Again", 2: "Hard", 3: "Good", 4: "Easy" };

/** The form's content is in the outbox: it is shown as it is kept, and can be taken back. */
export function seal(form: HTMLFormElement, letter: Letter): void {
  form.dataset.kept = "";
  const area = form.querySelector("textarea");
  if (area) {
    area.value = field(letter, "text");
    area.readOnly = true;
  }
  setClosed(form, true);
  const box = form.querySelector<HTMLElement>("[data-kept]");
  if (!box) return;
  box.hidden = false;
  const rating = RATINGS[field(letter, "rating")];
  write(box, "[data-kept-text]", `${rating ? `${rating}. ` : ""}${letter.reason || KEPT}`);
}

export function unseal(form: HTMLFormElement): void {
  delete form.dataset.kept;
  delete form.dataset.sent;
  const area = form.querySelector("textarea");
  if (area) area.readOnly = false;
  setClosed(form, false);
  const box = form.querySelector<HTMLElement>("[data-kept]");
  if (box) box.hidden = true;
  form.dispatchEvent(new Event("outbox:back"));
  (area ?? form.querySelector<HTMLButtonElement>("button:not([type=button]):enabled"))?.focus();
}

/** What the page itself has disabled stays so. */
function setClosed(form: HTMLFormElement, isClosed: boolean): void {
  for (const button of form.querySelectorAll<HTMLButtonElement>("button:not([type=button])")) {
    if (isClosed && !button.disabled) {
      button.disabled = true;
      button.dataset.closed = "";
    } else if (!isClosed && "closed" in button.dataset) {
      button.disabled = false;
      delete button.dataset.closed;
    }
  }
}

export function noteAt(form: HTMLFormElement, text: string): void {
  const box = form.querySelector<HTMLElement>("[data-refused]");
  if (!box) return;
  write(box, "[data-refused-text]", text);
  box.hidden = false;
  announce(text);
}

/** A line for each letter whose form is not on this page; `forget` is called for one that is deleted. */
export function showBanner(kept: Letter[], forget: (letter: Letter) => void): void {
  const banner = document.querySelector<HTMLElement>("[data-outbox]");
  const pattern = banner?.querySelector<HTMLTemplateElement>("template[data-outbox-line]");
  if (!banner || !pattern) return;
  for (const old of banner.querySelectorAll("[data-outbox-shown]")) old.remove();
  banner.hidden = kept.length === 0;
  for (const letter of kept) {
    const line = pattern.content.firstElementChild?.cloneNode(true);
    if (!(line instanceof HTMLElement)) return;
    fill(line, letter, forget);
    banner.append(line);
  }
}

function fill(line: HTMLElement, letter: Letter, forget: (letter: Letter) => void): void {
  const isRefused = letter.state === "refused";
  const what = `${letter.kind === "answer" ? "Your answer to" : "Your rating of"} “${letter.title}”`;
  line.dataset.outboxShown = "";
  write(line, "[data-line-text]", isRefused ? `${what} was not taken. ${letter.reason}` : `${what}: ${lower(letter.reason || KEPT)}`);
  const open = line.querySelector<HTMLAnchorElement>("[data-line-open]");
  if (open) {
    open.href = pageOf(letter);
    open.textContent = letter.kind === "answer" ? "Open the question" : "Open the answer";
  }
  const copy = line.querySelector<HTMLElement>("[data-line-copy]");
  if (copy) {
    copy.hidden = !isRefused || letter.kind !== "answer" || !navigator.clipboard;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field(letter, "text"));
      announce("Copied");
    });
  }
  const drop = line.querySelector<HTMLElement>("[data-line-drop]");
  if (!drop) return;
  drop.hidden = !isRefused;
  drop.addEventListener("click", () => forget(letter));
}

/** `/questions/x/answer/?in=1` was posted from `/questions/x/?in=1`. */
function pageOf(letter: Letter): string {
  const [path = "", query = ""] = letter.url.split("?");
  const parent = path.replace(/\/$/, "").replace(/[^/]*$/, "");
  const page = letter.kind === "rating" && parent.startsWith("/questions/") ? `${parent}revealed/` : parent;
  return query ? `${page}?${query}` : page;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Sent while another page is open: said here, with the way there. */
export function sentToast(letter: Letter, url: string): void {
  const isAnswer = letter.kind === "answer";
  const text = `${isAnswer ? "Your answer to" : "Your rating of"} “${letter.title}” has been sent.`;
  toast("[data-outbox-sent]", text, isAnswer ? url : "");
}

export function offlineToast(): void {
  document.querySelector("[data-offline-shown]")?.remove();
  const shown = toast("[data-outbox-offline]", OFFLINE, "");
  if (shown) shown.dataset.offlineShown = "";
}

function toast(pattern: string, text: string, url: string): HTMLElement | null {
  const copy = document.querySelector<HTMLTemplateElement>(`template${pattern}`)?.content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) return null;
  write(copy, "p", text);
  const link = copy.querySelector<HTMLAnchorElement>("a");
  if (link && url) link.href = url;
  else link?.remove();
  copy.querySelector("[data-dismiss]")?.addEventListener("click", () => copy.remove());
  document.getElementById("messages")?.append(copy); // a live region: it is read out by being put there
  return copy;
}

function write(root: HTMLElement, selector: string, text: string): void {
  const part = root.querySelector(selector);
  if (part && part.textContent !== text) part.textContent = text;
}
