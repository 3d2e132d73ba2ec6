/* The review of one link: single keys press what the page has. Without this every button works the same. */
"use strict";

(() => {
  const STORED = "ptj-single-keys"; // shared with the list of items
  const off = () => { try { return localStorage.getItem(STORED) === "off"; } catch { return false; } };
  document.querySelectorAll("[data-key]").forEach((one) => one.setAttribute("aria-keyshortcuts", one.dataset.key));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || off()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const found = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (!found) return;
    event.preventDefault();
    found.click();
  });
})();
