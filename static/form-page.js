// The answer to a POST becomes a page of the address that has its form. Back and reload would send the form again, and
// browsers show an error page instead. Forms without an address would go to the new address, so they get theirs first.
(() => {
  "use strict";
  const page = document.currentScript.dataset.formPage;
  addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form:not([action])")) form.setAttribute("action", location.href);
    history.replaceState(history.state, "", page);
  });
})();
