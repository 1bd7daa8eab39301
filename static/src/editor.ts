// The answering page: word count, autosave here and on the server, the choice between two versions, and who may write.
import { announce } from "./announce";
import { markSent, readDraft, readOther, unmarkSent, writeDraft, writeOther } from "./drafts";
import { type Saved, saveDraft } from "./saving";
import { stayKnown } from "./tab";
import { Timer } from "./timer";
import { takeOver, writtenElsewhere } from "./turns";
import { type Other, choose } from "./versions";

const LOCAL_MS = 2_000;
const SERVER_MS = 10_000;
const NEAR_LIMIT = 0.9;
const EMPTY = "Write a sentence or two, or choose “show me” below if you cannot answer yet.";

export function startEditor(user: string): void {
  const form = document.querySelector<HTMLFormElement>("form[data-editor]");
  if (form && user) new Editor(form, user).start();
}

class Editor {
  private readonly area: HTMLTextAreaElement;
  private readonly slug: string;
  private readonly timer: Timer;
  private keptText: string;
  private sentText: string;
  private other: Other | null = null;
  private isSaving = false;
  /** The server holds another tab's version: it is not overwritten until the person has chosen. */
  private conflictAt: string | null = null;
  private isSubmitted = false;
  /** Another device writes this answer just now: nothing is typed, counted or saved here. */
  private isElsewhere = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly user: string,
  ) {
    this.area = this.find<HTMLTextAreaElement>("textarea");
    this.slug = form.dataset.slug ?? "";
    this.timer = new Timer(form, () => !this.isClosed, () => this.setReadOnly());
    this.base = form.dataset.draftAt ?? "";
    this.keptText = this.sentText = this.area.value;
  }

  start(): void {
    unmarkSent(this.user, this.slug);
    stayKnown();
    if (!this.isKept) this.openNewest();
    void writtenElsewhere(this.form).then((text) => text && this.giveWay(text));
    this.area.addEventListener("input", () => this.showCount());
    this.area.addEventListener("keydown", (event) => this.listenToKeys(event));
    // Before the browser checks the box: it does not look into one that is read-only.
    this.find("[data-submit]").addEventListener("click", () => this.timer.resume());
    this.form.addEventListener("submit", () => this.leaveForGood());
    this.form.addEventListener("outbox:back", () => this.takeBack());
    addEventListener("pagehide", () => this.keepAll(true));
    addEventListener("pageshow", () => this.comeBack());
    for (const form of document.querySelectorAll("form[data-logout]")) {
      form.addEventListener("submit", () => this.keepBothOnServer());
    }
    addEventListener("online", () => void this.saveOnServer());
    document.addEventListener("visibilitychange", () => document.hidden && this.keepAll(true));
    this.find("[data-other-swap]").addEventListener("click", () => this.swap());
    this.find("[data-other-drop]").addEventListener("click", () => this.keepThis());
    this.find("[data-lock-open]").addEventListener("click", () => takeOver(this.slug));
    setInterval(() => this.keepHere(), LOCAL_MS);
    setInterval(() => void this.saveOnServer(), SERVER_MS);
    this.timer.start();
    this.showCount();
    this.invite();
  }

  /** The server's time of the draft that this text goes on from; it is submitted with the answer. */
  private get base(): string {
    return this.field("base").value;
  }

  private set base(at: string) {
    this.field("base").value = at;
  }

  /** The answer lies in the outbox, until it is sent or taken back. */
  private get isKept(): boolean {
    return "kept" in this.form.dataset;
  }

  private get isClosed(): boolean {
    return this.isSubmitted || this.isElsewhere || this.isKept;
  }

  /** The answer was taken back out of the outbox, and is a draft that no place holds yet. */
  private takeBack(): void {
    this.keptText = this.sentText = "";
    this.setReadOnly();
  }

  private setReadOnly(): void {
    this.area.readOnly = this.timer.isPaused || this.isElsewhere || this.isKept;
  }

  /** The box is what this page is for; on a touch screen a focus would open the keyboard over the question. */
  private invite(): void {
    // A rating that can still be undone by its key must not find that key typed into the box.
    const isAlone = !document.querySelector("[data-toast]") && !location.hash && !("bound" in this.form.dataset);
    const isFree = document.activeElement === document.body && isAlone && !this.isClosed;
    if (isFree && !this.area.value && matchMedia("(pointer: fine)").matches) this.area.focus({ preventScroll: true });
  }

  // --- Versions ---------------------------------------------------------------------------
  private openNewest(): void {
    const local = readDraft(this.user, this.slug);
    const server = { text: this.area.value, seconds: this.timer.seconds, at: this.base };
    // After a refused submit the box holds what was just sent: that is the newest there is.
    const choice =
      "bound" in this.form.dataset
        ? { text: server.text, seconds: server.seconds, other: null }
        : choose(server, local, this.form.dataset.lastAttempt ?? "");
    this.show(choice.text, choice.seconds);
    this.offer(choice.other ?? this.leftOver(choice.text));
  }

  /** The version that an earlier visit did not show, when it still says something else. */
  private leftOver(shown: string): Other | null {
    const kept = readOther(this.user, this.slug);
    return kept && kept.text.trim() !== shown.trim() ? { ...kept, from: "here" } : null;
  }

  private show(text: string, seconds: number): void {
    if (this.area.value !== text) this.area.value = text;
    this.timer.seconds = seconds;
    this.showCount();
  }

  /** Shows the server's text, read-only; what this browser keeps of its own stays where it is. */
  private giveWay(text: string): void {
    this.isElsewhere = true;
    this.area.value = this.area.defaultValue;
    this.find("[data-other-version]").hidden = true;
    this.find("[data-lock-text]").textContent = text;
    this.find("[data-lock]").hidden = false;
    this.find<HTMLButtonElement>("[data-submit]").disabled = true;
    if (document.activeElement === this.area) this.area.blur();
    this.setReadOnly();
    this.showCount();
  }

  private offer(other: Other | null): void {
    this.other = other;
    // Saving what is shown overwrites its own places: the other version needs one of its own.
    writeOther(this.user, this.slug, other && { text: other.text, seconds: other.seconds, at: other.at, base: "" });
    const box = this.find("[data-other-version]");
    box.hidden = !other;
    if (!other) return;
    const place = other.from === "server" ? "saved on the server" : "kept in this browser";
    const words = countWords(other.text);
    this.find("[data-other-text]").textContent =
      `There is another version of this answer, ${place}${when(other.at)}: ${words} ${words === 1 ? "word" : "words"}.`;
  }

  private swap(): void {
    if (!this.other) return;
    const { text, seconds, from } = this.other;
    const shown = { text: this.area.value, seconds: this.timer.seconds, at: new Date().toISOString() };
    this.settle();
    this.show(text, Math.max(seconds, this.timer.seconds));
    this.offer({ ...shown, from: from === "server" ? "here" : "server" });
    this.area.focus();
  }

  private keepThis(): void {
    this.settle();
    this.offer(null);
    this.area.focus();
  }

  /** The person has seen both versions: what is shown from now on goes on from the server's. */
  private settle(): void {
    if (this.conflictAt === null) return;
    this.base = this.conflictAt;
    this.conflictAt = null;
    this.sentText = "";
  }

  /** Log-out deletes what this browser keeps: with two versions open, the server gets one draft that holds both. */
  private keepBothOnServer(): void {
    if (this.conflictAt !== null && this.other) {
      const both = `${this.area.value}\n\n[The other version${when(this.other.at)}:]\n\n${this.other.text}`;
      this.settle();
      this.area.value = both;
    }
    void this.saveOnServer(true);
  }

  private noteConflict(other: { text: string; seconds: number; at: string }): void {
    this.conflictAt = other.at;
    this.offer({ ...other, from: "server" });
    this.find("[data-trouble]").hidden = true;
    this.showState("Kept in this browser", "trouble");
    announce("Another tab or device has saved a different version of this answer. Choose one of the two.");
  }

  // --- Saving -----------------------------------------------------------------------------
  private keepHere(): boolean {
    if (this.isClosed || this.area.value === this.keptText) return true;
    const draft = { text: this.area.value, seconds: this.timer.seconds, at: new Date().toISOString(), base: this.base };
    const isKept = writeDraft(this.user, this.slug, draft);
    if (isKept) {
      this.keptText = draft.text;
      this.showState("Saved in this browser");
    }
    return isKept;
  }

  private async saveOnServer(isLeaving = false): Promise<void> {
    const text = this.area.value;
    if (this.isClosed || this.isSaving || text === this.sentText || this.conflictAt !== null) return;
    this.isSaving = true;
    try {
      const version = { text, seconds: this.timer.seconds, base: this.base };
      const saved = await saveDraft(this.form.dataset.draftUrl ?? "", this.field("csrfmiddlewaretoken").value, version, isLeaving);
      this.form.toggleAttribute("data-unreachable", saved.kind === "unreachable");
      if (this.isClosed) return;
      if (saved.kind === "saved") this.noteSaved(text, saved.at);
      else if (saved.kind === "conflict") this.noteConflict(saved);
      else this.noteTrouble(saved);
    } finally {
      this.isSaving = false;
    }
  }

  private keepAll(isLeaving: boolean): void {
    this.keepHere();
    void this.saveOnServer(isLeaving);
  }

  private noteSaved(text: string, at: string): void {
    this.sentText = text;
    this.base = at;
    // The local copy learns which server version it goes on from.
    writeDraft(this.user, this.slug, { text: this.area.value, seconds: this.timer.seconds, at: new Date().toISOString(), base: at });
    this.keptText = this.area.value;
    this.find("[data-trouble]").hidden = true;
    this.showState(`Saved ${clock(new Date())}`);
  }

  private noteTrouble(saved: Exclude<Saved, { kind: "saved" | "conflict" }>): void {
    if (saved.kind === "unreachable") {
      this.find("[data-trouble]").hidden = true;
      return this.showState("Offline: kept in this browser", "trouble");
    }
    const isSignedOut = saved.kind === "signed-out";
    const text = isSignedOut
      ? "You are no longer logged in. Your answer is kept in this browser and will be here when you are back."
      : saved.message;
    const box = this.find("[data-trouble]");
    const line = this.find("[data-trouble-text]");
    if (box.hidden || line.textContent !== text) announce(text);
    line.textContent = text;
    this.find("[data-trouble-login]").hidden = !isSignedOut;
    box.hidden = false;
    this.showState("Kept in this browser", "trouble");
  }

  private leaveForGood(): void {
    this.keepHere();
    markSent(this.user, this.slug);
    this.isSubmitted = true;
  }

  /** Back from the next page, which the browser kept as it was. */
  private comeBack(): void {
    this.isSubmitted = false;
    unmarkSent(this.user, this.slug);
  }

  private listenToKeys(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Escape") this.leaveBox(event);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (this.isElsewhere || this.isKept) return;
    this.timer.resume();
    this.form.requestSubmit();
  }

  /** Out of the box, where the single keys work. */
  private leaveBox(event: KeyboardEvent): void {
    event.preventDefault();
    this.area.blur();
    const hasKeys = document.body.dataset.shortcuts !== "off";
    announce(hasKeys ? "Left the box. w goes back into it, the question mark lists the keys." : "Left the box.");
  }

  // --- What is shown ------------------------------------------------------------------------
  private showCount(): void {
    const words = countWords(this.area.value);
    // The browser itself stops an empty submit, and says this.
    this.area.setCustomValidity(words ? "" : EMPTY);
    const count = this.find("[data-words]");
    count.hidden = false;
    count.textContent = `${words.toLocaleString("en")} ${words === 1 ? "word" : "words"}`;
    const limit = Number(this.form.dataset.limit) || Infinity;
    const length = this.area.value.length;
    const note = this.find("[data-limit-note]");
    note.hidden = length < limit * NEAR_LIMIT;
    note.toggleAttribute("data-over", length > limit);
    note.textContent = `${length.toLocaleString("en")} of ${limit.toLocaleString("en")} characters`;
  }

  private showState(text: string, state = "idle"): void {
    const line = this.find("[data-save-state]");
    line.hidden = false;
    line.textContent = text;
    line.dataset.state = state;
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T {
    const element = this.form.querySelector<T>(selector);
    if (!element) throw new Error(`The answer form has no ${selector}.`);
    return element;
  }

  private field(name: string): HTMLInputElement {
    return this.find<HTMLInputElement>(`input[name="${name}"]`);
  }
}

function countWords(text: string): number {
  return text.trim() ? text.trim().split(/\s+/).length : 0;
}

function clock(date: Date): string {
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function when(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? ` at ${clock(date)}` : ` on ${date.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, ${clock(date)}`;
}
