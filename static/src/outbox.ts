// Works through a lost connection: answers and ratings submitted without one are kept, and sent once when it is back.
import { announce } from "./announce";
import { type Letter, backToDraft, change, claimPosted, drop, dropDraft, due, letters, put } from "./letters";
import { KEPT, noteAt, offlineToast, seal, sentToast, showBanner, unseal } from "./outbox-page";
import { send } from "./sending";
import { tabName } from "./tab";

const RETRY_MS = 15_000;
const FULL = "You are offline, and this browser cannot keep the answer. Leave this page open, and submit again when the connection is back.";

export function startOutbox(user: string): void {
  if (user) new Outbox(user).start();
}

class Outbox {
  /** Ordinary submits of this very page that may still be on their way. */
  private readonly ownPosts = new Set<string>();
  private isSending = false;

  constructor(private readonly user: string) {}

  start(): void {
    this.settle();
    for (const form of forms()) {
      form.addEventListener("submit", (event) => this.catchSubmit(form, event));
      form.querySelector("[data-kept-back]")?.addEventListener("click", () => this.takeBack(form));
      const letter = letters(this.user).find((kept) => kept.state === "waiting" && isOf(form, kept));
      if (letter) seal(form, letter);
    }
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-logout]")) {
      form.addEventListener("submit", (event) => this.askBeforeLogOut(form, event));
    }
    addEventListener("online", () => void this.sendAll());
    addEventListener("offline", () => this.show());
    addEventListener("storage", (event) => event.key?.includes(":outbox") && this.hearOthers());
    addEventListener("pageshow", (event) => event.persisted && this.comeBack());
    setInterval(() => void this.sendAll(), RETRY_MS);
    stopLeavingOffline();
    this.show();
    void this.sendAll();
  }

  /** What this page says about letters: the answer that it shows has arrived, the form that it shows was refused. */
  private settle(): void {
    const arrived = document.querySelector<HTMLElement>("[data-answer-token]")?.dataset.answerToken ?? "";
    for (const letter of letters(this.user)) {
      if (letter.kind === "answer" && arrived.startsWith(`${letter.id}:`)) drop(this.user, letter.id);
    }
    const form = document.querySelector<HTMLFormElement>("form[data-editor]");
    if (form && "bound" in form.dataset) drop(this.user, value(form, "token"));
    claimPosted(this.user);
    for (const place of forms()) {
      const refused = letters(this.user).find((letter) => letter.state === "refused" && isOf(place, letter));
      if (!refused) continue;
      if (refused.kind === "answer") backToDraft(this.user, refused);
      else drop(this.user, refused.id);
      noteAt(place, mend(refused));
    }
  }

  private catchSubmit(form: HTMLFormElement, event: SubmitEvent): void {
    if (form.dataset.sent || event.submitter?.hasAttribute("formaction")) return;
    const letter = written(form, event.submitter);
    if (navigator.onLine && !("unreachable" in form.dataset)) {
      // The ordinary way. Should the connection be lost in that very moment, the copy is what is left.
      if (letter.kind === "answer" && put(this.user, { ...letter, state: "posted" })) this.ownPosts.add(letter.id);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!put(this.user, letter)) return noteAt(form, FULL);
    seal(form, letter);
    announce(KEPT);
    void this.sendAll();
  }

  private takeBack(form: HTMLFormElement): void {
    for (const letter of letters(this.user)) if (isOf(form, letter)) drop(this.user, letter.id);
    unseal(form);
    this.show();
  }

  private async sendAll(): Promise<void> {
    if (this.isSending || !navigator.onLine || !due(this.user, Date.now(), this.ownPosts).length) return;
    this.isSending = true;
    try {
      const work = (): Promise<void> => this.sendInTurn();
      // One tab at a time; without locks the server's own once-only has to do.
      await (navigator.locks?.request(`onsite-outbox:${this.user}`, work) ?? work());
    } finally {
      this.isSending = false;
      this.show();
    }
  }

  private async sendInTurn(): Promise<void> {
    const tried = new Set<string>();
    let goOn = "";
    for (;;) {
      // Read anew each time: another tab may have sent or taken back what was there.
      const letter = due(this.user, Date.now(), this.ownPosts).find(({ id }) => !tried.has(id));
      if (!letter) break;
      tried.add(letter.id);
      const outcome = await send(letter, this.user, csrfToken());
      if (outcome.kind === "later") {
        change(this.user, letter.id, { reason: outcome.reason, notBefore: outcome.notBefore });
        break;
      }
      if (outcome.kind === "refused") this.noteRefused(letter, outcome.reason);
      else goOn = this.noteSent(letter, outcome.url) || goOn;
    }
    if (goOn) location.assign(goOn);
  }

  /** The address to go to, if this page waits for that letter. */
  private noteSent(letter: Letter, url: string): string {
    const form = forms().find((candidate) => isOf(candidate, letter) && "kept" in candidate.dataset);
    dropDraft(this.user, letter);
    drop(this.user, letter.id);
    if (form) return url;
    sentToast(letter, url);
    return "";
  }

  private noteRefused(letter: Letter, reason: string): void {
    const form = forms().find((candidate) => isOf(candidate, letter) && "kept" in candidate.dataset);
    if (!form) return change(this.user, letter.id, { state: "refused", reason });
    drop(this.user, letter.id);
    unseal(form);
    noteAt(form, mend({ ...letter, reason }));
  }

  /** Another tab of this person has sent something, or kept something. */
  private hearOthers(): void {
    const kept = letters(this.user);
    const isGone = forms().some((form) => "kept" in form.dataset && !kept.some((letter) => isOf(form, letter)));
    if (isGone) location.reload();
    else this.show();
  }

  private comeBack(): void {
    this.ownPosts.clear();
    claimPosted(this.user);
    void this.sendAll();
  }

  private show(): void {
    const here = forms().filter((form) => "kept" in form.dataset);
    const kept = letters(this.user).filter((letter) => letter.state !== "posted");
    for (const form of here) {
      const own = kept.find((letter) => isOf(form, letter));
      if (own) seal(form, own);
    }
    const elsewhere = kept.filter((letter) => !here.some((form) => isOf(form, letter)));
    showBanner(elsewhere, (letter) => {
      drop(this.user, letter.id);
      this.show();
    });
  }

  private askBeforeLogOut(form: HTMLFormElement, event: SubmitEvent): void {
    const kept = letters(this.user);
    const dialog = document.getElementById("outbox-log-out");
    if (!kept.length || !(dialog instanceof HTMLDialogElement) || dialog.returnValue === "confirm") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const line = dialog.querySelector("[data-outbox-left]");
    if (line) line.textContent = kept.map((letter) => `${letter.kind === "answer" ? "Your answer to" : "Your rating of"} “${letter.title}”`).join("; ");
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.returnValue === "confirm" && form.requestSubmit(), { once: true });
  }
}

function forms(): HTMLFormElement[] {
  return [...document.querySelectorAll<HTMLFormElement>("form[data-editor], form[data-rate]")];
}

function written(form: HTMLFormElement, submitter: HTMLElement | null): Letter {
  const data = new FormData(form, submitter);
  data.delete("csrfmiddlewaretoken");
  const fields = [...data].filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const isAnswer = "editor" in form.dataset;
  const url = addressOf(form);
  return {
    id: isAnswer ? String(data.get("token") || tabName) : url,
    kind: isAnswer ? "answer" : "rating",
    slug: form.dataset.slug ?? "",
    title: form.dataset.title ?? "",
    url,
    fields,
    at: new Date().toISOString(),
    state: "waiting",
    tab: tabName,
    reason: "",
    notBefore: 0,
  };
}

/** The form's own address, not that of one of its fields named "action". */
function addressOf(form: HTMLFormElement): string {
  const url = new URL(form.getAttribute("action") ?? "", location.href);
  return url.pathname + url.search;
}

function isOf(form: HTMLFormElement, letter: Letter): boolean {
  if (letter.kind === "rating") return "rate" in form.dataset && addressOf(form) === letter.url;
  return "editor" in form.dataset && form.dataset.slug === letter.slug;
}

function mend(letter: Letter): string {
  const way = letter.kind === "answer" ? "Your text is in the box: change it and submit again." : "Choose again.";
  return `${letter.reason} ${way}`;
}

function value(form: HTMLFormElement, name: string): string {
  return form.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.value ?? "";
}

function csrfToken(): string {
  return document.querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]')?.value ?? "";
}

/** On the player's pages nothing leads to the browser's own page about a lost connection. */
function stopLeavingOffline(): void {
  if (!document.body.classList.contains("page-focus")) return;
  document.addEventListener("submit", (event) => {
    const form = event.target instanceof HTMLFormElement ? event.target : null;
    if (navigator.onLine || !form || form.method === "dialog" || forms().includes(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    offlineToast();
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
    if (navigator.onLine || !link || link.getAttribute("href")?.startsWith("#") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    offlineToast();
  }, true);
}
