// Menus, dialogs and messages: what opens and closes.
import { announce } from "./announce";

// Screen readers read the new page first, and drop what changes before they have it.
const SETTLED_MS = 600;

export function startMenus(): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("[data-menu]")) startMenu(menu);
  for (const opener of document.querySelectorAll<HTMLElement>("[data-open-dialog]")) startOpener(opener);
  for (const button of document.querySelectorAll<HTMLElement>("[data-dismiss]")) {
    button.hidden = false;
    button.addEventListener("click", () => button.closest("[data-toast]")?.remove());
  }
  sayToasts();
}

/** A message that the page came with is no change of it, and would not be read out. */
function sayToasts(): void {
  const texts = [...document.querySelectorAll("[data-toast] > p")].map((toast) => toast.textContent?.trim() ?? "");
  if (texts.length) setTimeout(() => announce(texts.join(" ")), SETTLED_MS);
}

export function startMenu(menu: HTMLDetailsElement): void {
  document.addEventListener("click", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

function startOpener(opener: HTMLElement): void {
  const dialog = document.getElementById(opener.dataset.openDialog ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  opener.hidden = false;
  opener.addEventListener("click", () => {
    opener.closest("details")?.removeAttribute("open");
    openDialog(dialog);
  });
}

export function openDialog(dialog: HTMLDialogElement): void {
  if (dialog.open) return;
  dialog.showModal();
  // A click on the backdrop is a click on the dialog itself, outside its box.
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const isInside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) dialog.close();
  });
}
