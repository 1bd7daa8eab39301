// The one script of the site. Every part looks for its own markup and does nothing where there is none.
import { startCoaching } from "./coaching";
import { startConsequences } from "./consequences";
import { startDrafts } from "./drafts";
import { startEditor } from "./editor";
import { startFocus } from "./focus";
import { startForms } from "./forms";
import { startHints } from "./hints";
import { startKeys } from "./keys";
import { startMenus } from "./menus";
import { startNotes } from "./notes";
import { startOutbox } from "./outbox";
import { startScrolling } from "./scrolling";
import { startShelf } from "./shelf";
import { startThemeToggle } from "./theme-toggle";

const user = document.body.dataset.user ?? "";

startThemeToggle();
startMenus();
// Before the forms and the drafts: what it keeps is neither submitted nor deleted by them.
startOutbox(user);
startForms();
startDrafts(user);
startEditor(user);
startHints();
startFocus();
startCoaching();
startNotes(user);
startConsequences();
startScrolling();
startShelf();
startKeys();
