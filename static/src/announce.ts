// Says a sentence to screen readers, once, without moving anything.
export function announce(text: string): void {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}
