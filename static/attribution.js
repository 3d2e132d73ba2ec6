/* Single-key shortcuts of the review page. Every button also works without this script. */
"use strict";

(() => {
  const STORED = "ptj-single-keys"; // shared with the list of items
  const off = () => { try { return localStorage.getItem(STORED) === "off"; } catch { return false; } };
  document.querySelectorAll("[data-key]").forEach((button) => button.setAttribute("aria-keyshortcuts", button.dataset.key));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || off()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const button = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
})();
