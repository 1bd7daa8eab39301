// Practice settings: a slider beside its number, and what follows from the settings while they are tried.
import { announce } from "./announce";

const PANEL = "consequences";

export function startConsequences(): void {
  for (const slider of document.querySelectorAll<HTMLInputElement>("[data-mirrors]")) mirror(slider);
  if (!document.getElementById(PANEL)) return;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<SwapDetail>).detail;
    if (detail.target.id !== PANEL) return;
    // A lost session answers with the log-in page: the whole page goes there, not the panel.
    if (detail.xhr.responseURL && new URL(detail.xhr.responseURL).pathname !== new URL(detail.requestConfig.path, location.href).pathname) {
      event.preventDefault();
      location.reload();
    } else if (detail.xhr.status === 400 || detail.xhr.status === 429) {
      detail.shouldSwap = true; // they say what is wrong, or when to ask again
      detail.isError = false;
    }
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    const said = document.querySelector(`#${PANEL} [data-summary]`)?.textContent ?? "";
    announce(said.replace(/\s+/g, " ").trim());
  });
}

interface SwapDetail {
  xhr: XMLHttpRequest;
  target: HTMLElement;
  requestConfig: { path: string };
  shouldSwap: boolean;
  isError: boolean;
}

function mirror(slider: HTMLInputElement): void {
  const number = document.getElementById(slider.dataset.mirrors ?? "");
  if (!(number instanceof HTMLInputElement)) return;
  slider.hidden = false;
  slider.value = number.value || slider.value;
  slider.addEventListener("input", () => (number.value = slider.value));
  number.addEventListener("input", () => (slider.value = number.value));
}
