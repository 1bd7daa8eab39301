// Runs before first paint: puts the chosen theme on <html>. No choice means the system's.
import { applyFocus } from "./focus-choice";
import { chosenTheme } from "./theme-choice";

const theme = chosenTheme();
if (theme !== "system") document.documentElement.dataset.theme = theme;
document.documentElement.classList.add("js");
applyFocus();
