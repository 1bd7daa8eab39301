// The bank's list after a search or a filter: its new size is said, its menus work, the page's title follows.
import { announce } from "./announce";
import { startMenu } from "./menus";

export function startShelf(): void {
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const shelf = document.getElementById("shelf");
    if (!shelf || event.target !== shelf) return;
    for (const menu of shelf.querySelectorAll<HTMLDetailsElement>("[data-menu]")) startMenu(menu);
    announce(shelf.dataset.summary ?? "");
  });
}
