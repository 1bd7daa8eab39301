// Code and tables that are wider than the page scroll by themselves: the keyboard must be able to reach them.
export function startScrolling(): void {
  letScroll();
  addEventListener("resize", letScroll);
}

export function letScroll(): void {
  for (const box of document.querySelectorAll<HTMLElement>(".prose pre, .prose table, .table-wrap")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else if (!box.hasAttribute("role")) box.removeAttribute("tabindex");
  }
}
