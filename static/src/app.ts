// The one script of the site. Every part looks for its own markup and does nothing where there is none.
import { startCoaching } from "./coaching";
import { startDrafts } from "./drafts";
import { startEditor } from "./editor";
import { startForms } from "./forms";
import { startKeys } from "./keys";
import { startMenus } from "./menus";
import { startNotes } from "./notes";
import { startScrolling } from "./scrolling";
import { startShelf } from "./shelf";
import { startThemeToggle } from "./theme-toggle";

const user = document.body.dataset.user ?? "";

startThemeToggle();
startMenus();
startForms();
startDrafts(user);
startEditor(user);
startCoaching();
startNotes(user);
startScrolling();
startShelf();
startKeys();
