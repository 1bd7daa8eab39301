// Small helps for forms: once-only submits, show password, copy, time zone, auto-submit, confirmation.
import { announce } from "./announce";
import { openDialog } from "./menus";

export function startForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) submitOnce(form);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-auto-submit]")) submitOnChange(form);
  for (const box of document.querySelectorAll<HTMLElement>("[data-password]")) showPassword(box);
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) copyText(button);
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-time-zone]")) fillTimeZone(input);
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-confirm-dialog]")) confirmFirst(button);
  for (const element of document.querySelectorAll<HTMLElement>("[data-js]")) element.hidden = false;
  document.addEventListener("input", (event) => event.target instanceof HTMLElement && takeBackError(event.target));
}

/** What was wrong is being mended: the red goes, and the next submit tells. */
function takeBackError(field: HTMLElement): void {
  if (field.getAttribute("aria-invalid") !== "true") return;
  field.removeAttribute("aria-invalid");
  field.closest(".field-invalid")?.classList.remove("field-invalid");
  const error = document.getElementById(`${field.id}_error`);
  if (error) error.hidden = true;
}

function submitOnce(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    // Afterwards, or the pressed button's own name and value would not be sent.
    setTimeout(() => setDisabled(form, true), 0);
  });
  // Back from the next page: the browser shows this one as it was left.
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
    setDisabled(form, false);
  });
}

function setDisabled(form: HTMLFormElement, isDisabled: boolean): void {
  for (const button of form.querySelectorAll<HTMLButtonElement>("button:not([type=button])")) {
    if (isDisabled && !button.disabled) {
      button.disabled = true;
      button.dataset.disabledOnce = "true";
    } else if (!isDisabled && button.dataset.disabledOnce) {
      button.disabled = false;
      delete button.dataset.disabledOnce;
    }
  }
}

function submitOnChange(form: HTMLFormElement): void {
  for (const button of form.querySelectorAll<HTMLElement>("button:not([type=button])")) button.hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

function showPassword(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>("input");
  const button = box.querySelector<HTMLElement>("[data-password-toggle]");
  if (!input || !button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const isShown = input.type === "password";
    input.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
    input.focus();
  });
  input.form?.addEventListener("submit", () => (input.type = "password"));
}

function copyText(button: HTMLElement): void {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source || !navigator.clipboard) return;
  button.hidden = false;
  const label = button.innerHTML;
  button.addEventListener("click", async () => {
    const text = source instanceof HTMLTextAreaElement || source instanceof HTMLInputElement ? source.value : source.innerText;
    await navigator.clipboard.writeText(text.trim());
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => (button.innerHTML = label), 2000);
  });
}

function fillTimeZone(input: HTMLInputElement): void {
  if (input.value) return;
  input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

function confirmFirst(button: HTMLButtonElement): void {
  const dialog = document.getElementById(button.dataset.confirmDialog ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  button.addEventListener("click", (event) => {
    if (dialog.returnValue === "confirm") return;
    event.preventDefault();
    openDialog(dialog);
    dialog.addEventListener("close", () => dialog.returnValue === "confirm" && button.click(), { once: true });
  });
}
