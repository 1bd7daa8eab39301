/* Shows the passkey buttons where the browser has passkeys, and says so when a ceremony fails. */
(function () {
  "use strict";

  function show(selector, isShown) {
    for (const element of document.querySelectorAll(selector)) element.hidden = !isShown;
  }

  const isSupported = Boolean(window.PublicKeyCredential && navigator.credentials);
  show("[data-needs-passkeys]", isSupported);
  show("[data-passkey-unsupported]", !isSupported);

  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    show("[data-passkey-error]", true);
  });
})();
