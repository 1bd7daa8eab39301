// Whether focus mode is on, in this browser. It only shows on pages that have the way out.
const KEY = "onsite-focus";

export function applyFocus(): void {
  document.documentElement.toggleAttribute("data-focused", isKept());
}

export function isFocused(): boolean {
  return document.documentElement.hasAttribute("data-focused");
}

export function setFocused(isOn: boolean): void {
  document.documentElement.toggleAttribute("data-focused", isOn);
  try {
    if (isOn) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // It lasts as long as the page then.
  }
}

function isKept(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}
