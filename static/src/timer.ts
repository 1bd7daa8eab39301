// The clock of the answering page: counts while somebody is at it, says once when the time to aim for is reached, and
// can be paused. Nothing turns red, and no text is hidden.
import { announce } from "./announce";

/** Reading and thinking take minutes without a key; after five, nobody is taken to be there. */
const IDLE_MS = 5 * 60_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "scroll"];

export class Timer {
  private counted = 0;
  private isPausedByHand = false;
  private lastSign = Date.now();
  private readonly target: number;
  private readonly field: HTMLInputElement | null;
  private readonly box: HTMLElement | null;

  constructor(
    private readonly form: HTMLFormElement,
    /** Whether this page may count now: not after the submit, nor while another device writes. */
    private readonly isOpen: () => boolean,
    /** Called when the person pauses and goes on. */
    private readonly onPause: (isPaused: boolean) => void,
  ) {
    this.field = form.querySelector<HTMLInputElement>('input[name="seconds"]');
    this.box = form.querySelector<HTMLElement>("[data-timer]");
    this.target = (Number(form.dataset.minutes) || 0) * 60;
    this.counted = Number(this.field?.value) || 0;
  }

  start(): void {
    const sign = (): void => this.noteSign();
    for (const kind of SIGNS) document.addEventListener(kind, sign, { passive: true, capture: true });
    this.part("[data-timer-pause]")?.addEventListener("click", () => this.toggle());
    setInterval(() => this.tick(), 1_000);
    this.show();
  }

  get seconds(): number {
    return this.counted;
  }

  set seconds(seconds: number) {
    this.counted = seconds;
    this.show();
  }

  get isPaused(): boolean {
    return this.isPausedByHand;
  }

  toggle(): void {
    this.isPausedByHand = !this.isPausedByHand;
    this.onPause(this.isPausedByHand);
    announce(this.isPausedByHand ? "Paused. The clock stands and the box is read-only." : "The clock runs again.");
    this.show();
  }

  resume(): void {
    if (this.isPausedByHand) this.toggle();
  }

  private get isIdle(): boolean {
    return Date.now() - this.lastSign > IDLE_MS;
  }

  private noteSign(): void {
    const wasIdle = this.isIdle;
    this.lastSign = Date.now();
    if (wasIdle) this.show();
  }

  private tick(): void {
    if (document.hidden || this.isPausedByHand || !this.isOpen()) return;
    if (!this.isIdle) {
      this.counted += 1;
      if (this.target && this.counted === this.target) this.sayTarget();
    }
    this.show();
  }

  private sayTarget(): void {
    const minutes = Math.round(this.target / 60);
    announce(`About ${minutes} ${minutes === 1 ? "minute has" : "minutes have"} passed, the time to aim for. You can go on.`);
  }

  private show(): void {
    if (this.field) this.field.value = String(this.counted);
    if (!this.box) return;
    this.box.hidden = false;
    const isStanding = this.isPausedByHand || this.isIdle;
    this.box.dataset.state = this.isPausedByHand ? "paused" : isStanding ? "idle" : "runs";
    this.write("[data-timer-clock]", `${Math.floor(this.counted / 60)}:${String(this.counted % 60).padStart(2, "0")}`);
    this.write("[data-timer-state]", this.isPausedByHand ? "Paused" : isStanding ? "Stopped after 5 quiet minutes" : "");
    this.write("[data-timer-pause-label]", this.isPausedByHand ? "Resume" : "Pause");
    const bar = this.part("[data-timer-bar]");
    if (bar instanceof HTMLProgressElement) bar.value = Math.min(this.counted, bar.max);
    this.box.toggleAttribute("data-reached", this.target > 0 && this.counted >= this.target);
  }

  private write(selector: string, text: string): void {
    const part = this.part(selector);
    if (part && part.textContent !== text) part.textContent = text;
  }

  private part(selector: string): HTMLElement | null {
    return this.form.querySelector<HTMLElement>(selector);
  }
}
