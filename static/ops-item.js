/* The item page: a countdown for Undo, and single keys that lead to the moves. Works on what the page has. */
"use strict";

(() => {
  const STORED = "ptj-single-keys"; // shared with the list

  const undo = document.querySelector("[data-seconds]");
  if (undo) {
    const end = Date.now() + Number(undo.dataset.seconds) * 1000;
    const left = undo.querySelector("[data-left]");
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      left.textContent = ` (${seconds} s left)`;
      if (seconds > 0) return;
      clearInterval(timer);
      const focused = undo.contains(document.activeElement);
      undo.querySelectorAll("[data-open]").forEach((part) => { part.hidden = true; });
      const over = undo.querySelector("[data-over]");
      over.hidden = false;
      if (focused) { over.tabIndex = -1; over.focus(); }
    };
    const timer = setInterval(tick, 1000);
    tick();
  }

  // Copy buttons next to values that can be selected without a script too.
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((value) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy__button";
      button.textContent = "Copy";
      const name = value.dataset.copy || value.closest("div")?.querySelector("dt")?.textContent || "";
      button.setAttribute("aria-label", `Copy ${name.toLowerCase()}`);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(value.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      value.after(button);
    });
  }

  const dialog = document.querySelector("dialog.keys");
  const opener = document.querySelector("[data-keys-open]");
  const toggle = document.querySelector("[data-keys-on]");
  if (!dialog || !opener || !toggle || !dialog.showModal) return;

  const stored = () => { try { return localStorage.getItem(STORED); } catch { return null; } };
  const store = (value) => { try { localStorage.setItem(STORED, value); } catch { /* private window: for this page only */ } };
  let on = stored() !== "off";
  const show = () => {
    toggle.checked = on;
    document.documentElement.classList.toggle("keys-on", on);
    document.querySelectorAll("[data-move]").forEach((move) => {
      if (on) move.setAttribute("aria-keyshortcuts", move.dataset.move);
      else move.removeAttribute("aria-keyshortcuts");
    });
  };
  show();
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  toggle.addEventListener("change", () => { on = toggle.checked; store(on ? "on" : "off"); show(); });

  // A key leads to a field or a button; only links, and what says so, are pressed.
  const go = (move) => {
    const fold = move.closest("details"), field = move.dataset.to && document.getElementById(move.dataset.to);
    (field ? [fold, field.closest("details")] : []).forEach((box) => { if (box) box.open = true; });
    if (field) { field.scrollIntoView({ block: "center" }); field.focus({ preventScroll: true }); }
    else if (move.href || "press" in move.dataset) move.click();
    else move.focus();
  };
  document.querySelectorAll(".act-bar [data-to]").forEach((link) => {
    link.addEventListener("click", (event) => { event.preventDefault(); go(link); });
  });
  if (location.hash === "#snooze") { const move = document.querySelector('[data-move="s"]'); if (move) go(move); }

  const typing = (target) => target instanceof Element && target.closest("input, select, textarea, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (dialog.open || typing(event.target)) return;
    if (event.key === "?") { event.preventDefault(); dialog.showModal(); return; }
    const move = document.querySelector(`[data-move="${CSS.escape(event.key)}"]`);
    if (!move || move.closest("[hidden]")) return;
    event.preventDefault();
    go(move);
  });
})();
