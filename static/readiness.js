/* Nothing here is needed to read a page. It marks where you are in the contents, unfolds what a link leads to, unfolds
   everything for print, and says so when a link promised something that is not on the page any more. */
"use strict";

(() => {
  const links = new Map();
  for (const link of document.querySelectorAll(".rail__list > li > a")) {
    links.set(link.hash.slice(1), link);
  }

  const mark = () => {
    let here = "";
    for (const id of links.keys()) {
      const section = document.getElementById(id);
      if (section && (!here || section.getBoundingClientRect().top <= innerHeight / 3)) here = id;
    }
    for (const [id, link] of links) {
      if (id === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  if (links.size) {
    let asked = 0;
    addEventListener("scroll", () => { asked ||= requestAnimationFrame(() => { asked = 0; mark(); }); }, { passive: true });
    mark();
  }

  // Browsers differ in whether they unfold the target of a link themselves.
  const unfold = (target) => {
    const folded = target.closest("details:not([open])");
    if (!folded) return;
    folded.open = true;
    unfold(folded.parentElement);
    target.scrollIntoView();
  };

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("main details:not([open])")) {
      part.open = true;
      addEventListener("afterprint", () => { part.open = false; }, { once: true });
    }
  });

  const arrive = () => {
    const id = location.hash.slice(1);
    const target = id && document.getElementById(id);
    if (target) unfold(target);
    const note = document.querySelector("[data-lost]");
    if (!note || !id || target) return;
    note.classList.add("cite__lost");
    note.setAttribute("role", "status");
    note.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", arrive);
  arrive();
})();
