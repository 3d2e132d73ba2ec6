// Brings a page about background work up to date while the work is open. Without it, the Refresh link does.
"use strict";

(() => {
  const EVERY = 2000;
  const SLOWEST = 15000;
  let wait = EVERY;

  const live = () => document.querySelector("[data-live]");
  if (!live() || live().dataset.open !== "yes") return;

  // Only what reads differently is replaced, so that a screen reader hears the news and nothing twice.
  const renew = (old, fresh) => {
    const focused = old.contains(document.activeElement);
    if (old.childElementCount === fresh.childElementCount && !focused) {
      [...old.children].forEach((child, at) => {
        const next = fresh.children[at];
        if (child.isEqualNode(next)) return;
        if (child.matches("header, section") && child.tagName === next.tagName && child.childElementCount === next.childElementCount) {
          renew(child, next);
        } else if (child.matches("[role=status]") && next.matches("[role=status]")) {
          child.textContent = next.textContent;
        } else {
          child.replaceWith(next.cloneNode(true));
        }
      });
      old.dataset.open = fresh.dataset.open ?? "";
      return;
    }
    old.replaceWith(fresh);
    if (focused) {
      const main = document.querySelector("main");
      if (main) main.focus();
    }
  };

  const look = async () => {
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (!fresh) return;
      const open = fresh.dataset.open === "yes";
      renew(live(), document.adoptNode(fresh));
      live().dataset.open = open ? "yes" : "no";
      document.title = page.title;
      wait = EVERY;
      if (!open) {
        document.querySelectorAll("[data-while-open]").forEach((part) => { part.hidden = true; });
        return;
      }
    } catch {
      wait = Math.min(wait * 2, SLOWEST);
    }
    setTimeout(look, wait);
  };

  setTimeout(look, wait);
})();
