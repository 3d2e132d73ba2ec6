// Shows a banner when the page is out of date. It replaces nothing else and never moves the focus.
(() => {
  "use strict";
  const place = document.querySelector("[data-watch]");
  if (!place) return;
  const said = place.querySelector("[data-watch-said]");
  const EVERY = 4000, LONGEST = 60000;
  let tag = "", timer = 0, wait = EVERY, asking = false;
  // Of the version, only the part before the first dot is known when the page is rendered.
  let known = place.dataset.watchVersion;

  const show = (words) => {
    const banner = document.createElement("p"), link = document.createElement("a");
    banner.className = "message message--warning";
    link.href = "";
    link.textContent = "Reload";
    banner.append(`${words} `, link);
    said.replaceChildren(banner);
  };
  const ask = async () => {
    timer = 0;
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(place.dataset.watch, {
        headers: tag ? { "If-None-Match": tag } : {}, redirect: "error", signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 200) {
        const { version, words } = await answer.json();
        if (tag || (known && version.split(".")[0] !== known)) show(words);
        tag = answer.headers.get("ETag") || "";
        known = "";
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    asking = false;
    later();
  };
  const later = () => {
    clearTimeout(timer);
    timer = document.hidden ? 0 : setTimeout(ask, wait);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  ask();
})();
