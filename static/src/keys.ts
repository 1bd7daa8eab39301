// Single keys: they activate the element that names them in data-key, and rest while something is typed.
import { openDialog } from "./menus";

const TYPING = "input, textarea, select, [contenteditable]";

export function startKeys(): void {
  // Switched off in the profile: who dictates, or types with a shaking hand, must not set anything off (WCAG 2.1.4).
  if (document.body.dataset.shortcuts === "off") return;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return openHelp(event);
    const element = keyed(event.key);
    if (!element) return;
    event.preventDefault();
    if (element instanceof HTMLInputElement) {
      element.focus();
      element.select();
    } else {
      element.click();
    }
  });
}

function openHelp(event: KeyboardEvent): void {
  const help = document.getElementById("keyboard-help");
  if (!(help instanceof HTMLDialogElement)) return;
  event.preventDefault();
  openDialog(help);
}

/** The usable element for a key. The page's own comes before the frame's. */
function keyed(key: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>("main [data-key], #messages [data-key], header [data-key]")];
  const usable = all.filter(
    (element) => element.dataset.key?.split(" ").includes(key) && !element.matches(":disabled") && !element.closest("[hidden]"),
  );
  return usable.find((element) => element.closest("main")) ?? usable[0];
}
