// Notes that were typed and not kept survive a reload and a closed tab, in this browser.
import { readNote, writeNote } from "./drafts";

export function startNotes(user: string): void {
  const form = document.querySelector<HTMLFormElement>("form[data-notes]");
  const area = form?.querySelector("textarea");
  const slug = form?.dataset.notes;
  if (!form || !area || !slug || !user) return;
  const kept = area.value;
  const typed = readNote(user, slug);
  if (typed !== null && typed.trim() !== kept.trim()) restore(form, area, typed);
  else writeNote(user, slug, null);
  area.addEventListener("input", () => writeNote(user, slug, area.value.trim() === kept.trim() ? null : area.value));
}

function restore(form: HTMLFormElement, area: HTMLTextAreaElement, typed: string): void {
  area.value = typed;
  form.closest("details")?.setAttribute("open", "");
  const hint = form.querySelector<HTMLElement>("[data-notes-unkept]");
  if (hint) hint.hidden = false;
}
