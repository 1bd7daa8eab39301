// The hint ladder: the next step appears without losing what is typed, and is read out.
import { announce } from "./announce";

const UNREACHABLE = "The hint needs the connection, which is lost just now. Try again when it is back.";
const SIGNED_OUT = "You are no longer logged in. Your answer is kept in this browser; log in again for hints.";

export function startHints(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-hint]") : null;
    if (!button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") void open(button);
  });
}

async function open(button: HTMLButtonElement): Promise<void> {
  const section = button.closest<HTMLElement>("[data-hints]");
  const csrf = button.form?.querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]')?.value ?? "";
  if (!section) return;
  button.setAttribute("aria-disabled", "true");
  const answer = await ask(button.formAction, csrf, button.value);
  button.removeAttribute("aria-disabled");
  if (typeof answer === "string") return say(section, answer);
  const hadFocus = document.activeElement === button;
  section.replaceWith(answer);
  const steps = [...answer.querySelectorAll<HTMLElement>("[data-hint-step]")];
  const newest = steps.at(-1);
  if (hadFocus) focusNext(answer, newest);
  announce(`Hint ${steps.length}: ${(newest?.innerText ?? "").replace(/\s+/g, " ").trim()}`);
}

/** The ladder with the next step, or what went wrong. */
async function ask(url: string, csrf: string, step: string): Promise<HTMLElement | string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ step, csrfmiddlewaretoken: csrf }),
      headers: { "HX-Request": "true" },
      credentials: "same-origin",
      redirect: "manual",
    });
    if (response.type === "opaqueredirect" || response.status === 403) return SIGNED_OUT;
    if (!response.ok) return UNREACHABLE;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector<HTMLElement>("[data-hints]") ?? UNREACHABLE;
  } catch {
    return UNREACHABLE;
  }
}

/** The keyboard stays on the ladder: at the next step's button, or at the last step when there is no other. */
function focusNext(section: HTMLElement, newest: HTMLElement | undefined): void {
  const next = section.querySelector<HTMLElement>("button[data-hint]");
  if (next) return next.focus();
  newest?.setAttribute("tabindex", "-1");
  newest?.focus();
}

function say(section: HTMLElement, text: string): void {
  const line = section.querySelector(".hints-foot p");
  if (line) line.textContent = text;
  announce(text);
}
