// The bank's list after a search or a filter: its new size is said, its menus work, the page's title follows.
import { announce } from "./announce";
import { startMenu } from "./menus";

interface Chosen {
  facet: string;
  value: string;
}

export function startShelf(): void {
  let chosen: Chosen | null = null;
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-value]") : null;
    const facet = link?.closest<HTMLElement>("[data-facet]")?.dataset.facet;
    chosen = link && facet ? { facet, value: link.dataset.value ?? "" } : null;
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const shelf = document.getElementById("shelf");
    if (!shelf || event.target !== shelf) return;
    for (const menu of shelf.querySelectorAll<HTMLDetailsElement>("[data-menu]")) startMenu(menu);
    if (chosen) keepPlace(shelf, chosen);
    chosen = null;
    announce(shelf.dataset.summary ?? "");
  });
}

/** Several values of a filter can be chosen: its menu stays open, and the keyboard stays where it was. */
function keepPlace(shelf: HTMLElement, { facet, value }: Chosen): void {
  const menu = shelf.querySelector<HTMLDetailsElement>(`[data-facet="${CSS.escape(facet)}"]`);
  if (!menu) return;
  const link = menu.querySelector<HTMLElement>(`[data-value="${CSS.escape(value)}"]`);
  menu.open = facet !== "Sort" && link !== null;
  (menu.open ? link : menu.querySelector("summary"))?.focus({ preventScroll: true });
}
