// Focus mode: the question and the answer alone. Remembered in this browser; `theme.ts` puts it on before first paint.
import { announce } from "./announce";
import { isFocused, setFocused } from "./focus-choice";

const TYPING = "input, textarea, select, [contenteditable]";

export function startFocus(): void {
  const button = document.querySelector<HTMLElement>("[data-focus-toggle]");
  if (!button) return;
  button.hidden = false;
  show(button);
  button.addEventListener("click", () => toggle(button));
  document.addEventListener("keydown", (event) => leaveByKey(event, button));
}

function toggle(button: HTMLElement): void {
  setFocused(!isFocused());
  show(button);
  announce(isFocused() ? "Focus mode is on: only the question and your answer are shown. Escape or f leaves it." : "Focus mode is off.");
}

function show(button: HTMLElement): void {
  const label = button.querySelector("[data-focus-label]");
  if (label) label.textContent = isFocused() ? "Leave focus mode" : "Focus mode";
}

/** Escape leaves the box first; outside of it, it leaves focus mode. */
function leaveByKey(event: KeyboardEvent, button: HTMLElement): void {
  if (event.key !== "Escape" || event.defaultPrevented || !isFocused()) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPING) || document.querySelector("dialog[open], details[data-menu][open]")) return;
  event.preventDefault();
  toggle(button);
}
