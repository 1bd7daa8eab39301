// The button in the top bar: system, light, dark, and round again.
import { type Theme, THEMES, chosenTheme, keepTheme } from "./theme-choice";

let current: Theme = chosenTheme();

function apply(button: HTMLElement, theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  button.setAttribute("aria-label", `Colour theme: ${theme}`);
  button.title = `Colour theme: ${theme}`;
}

export function startThemeToggle(): void {
  const button = document.querySelector<HTMLElement>("[data-theme-toggle]");
  if (!button) return;
  button.hidden = false;
  apply(button, current);
  button.addEventListener("click", () => {
    current = THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? "system";
    keepTheme(current);
    apply(button, current);
  });
}
