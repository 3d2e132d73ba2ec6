// The answer to a POST becomes a page of the address that has its form. Back and reload would send the form again, and
// browsers show an error page instead. Forms without an address would be sent to the new one, so they get theirs first;
// searches belong to the page with the form.
(() => {
  "use strict";
  const page = document.currentScript.dataset.formPage;
  addEventListener("DOMContentLoaded", () => {
    const forms = document.querySelectorAll("form[method=post]:not([action])");
    for (const form of forms) form.setAttribute("action", location.href);
    history.replaceState(history.state, "", page);
  });
})();
