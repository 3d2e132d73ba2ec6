// The operators' list: brought up to date in place, and used by keyboard. The page does without.
(() => {
  "use strict";
  const board = document.querySelector(".ops");
  if (!board) return;
  const one = (selector, within = board) => within.querySelector(selector);
  const all = (selector, within = board) => [...within.querySelectorAll(selector)];

  // --- Ages -----------------------------------------------------------------------------------------
  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];
  const age = (then) => {
    const seconds = Math.max(0, Math.floor((Date.now() - then) / 1000));
    const unit = UNITS.find(([size]) => seconds >= size);
    return unit ? `${Math.floor(seconds / unit[0]).toLocaleString("en-US")} ${unit[1]}` : "now";
  };
  const grow = () => all("[data-age]").forEach((time) => { time.textContent = age(Date.parse(time.dateTime)); });

  // --- Live -----------------------------------------------------------------------------------------
  const EVERY = 4000, LONGEST = 60000, BOOKS_EVERY = 60000;
  const sign = one("[data-live-sign]"), said = one("[data-live-said]"), pause = one("[data-live-pause]");
  let booksAt = Date.now();
  let timer = 0, wait = EVERY, tag = "", paused = false, asking = false;

  const tell = (words, trouble = false) => {
    sign.hidden = false;
    sign.textContent = words;
    sign.classList.toggle("ops-live__sign--off", trouble || paused);
  };

  const address = () => {
    const query = new URLSearchParams(board.dataset.query);
    if (board.dataset.top) query.set("top", board.dataset.top);
    if (Date.now() - booksAt >= BOOKS_EVERY) query.set("books", "yes");
    query.set("rows", all("tr[data-item]").map((row) => `${row.dataset.item}.${row.dataset.version}`).join(","));
    return `${board.dataset.liveUrl}?${query}`;
  };

  const applyRow = (fresh) => {
    const row = one(`tr[data-item="${fresh.dataset.item}"]`);
    if (!row || row.dataset.version === fresh.dataset.version) return false;
    row.dataset.version = fresh.dataset.version;
    all("[data-live]", fresh).forEach((cell) => one(`[data-live="${cell.dataset.live}"]`, row).replaceChildren(...cell.childNodes));
    const note = document.createElement("span");
    note.className = "row-changed";
    note.textContent = "changed";
    one('[data-live="state"]', row).append(" ", note);
    row.classList.add("is-changed");
    return true;
  };

  const apply = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live-new]");
    if (!fresh) throw new Error("not a list");
    all("[data-tile]", fresh).forEach((count) => {
      const value = one(`a [data-tile="${count.dataset.tile}"]`);
      if (value.textContent === count.textContent) return;
      value.textContent = count.textContent;
      value.closest("a").dataset.count = count.dataset.count;
    });
    all("[data-part]", fresh).forEach((part) => {
      booksAt = Date.now();
      const shown = one(`[data-part="${part.dataset.part}"]`);
      if (shown.textContent.trim() !== part.textContent.trim()) shown.replaceChildren(...part.childNodes);
    });
    const changed = all("tr[data-item]", fresh).filter(applyRow).length;
    const link = one("[data-live-new]"), many = fresh.dataset.liveNew, was = link.textContent;
    link.hidden = !many;
    link.textContent = many ? `${many} new item${many === "1" ? "" : "s"} — show` : "";
    const news = [];
    if (changed) news.push(`${changed} item${changed === 1 ? "" : "s"} changed`);
    if (many && link.textContent !== was) news.push(`${many} new`);
    if (news.length) said.textContent = `${news.join(", ")}.`;
  };

  const ask = async () => {
    timer = 0;
    if (asking || paused || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(address(), {
        headers: tag ? { "If-None-Match": tag } : {}, redirect: "error", signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 200) {
        apply(await answer.text());
        tag = answer.headers.get("ETag") || "";
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      grow();
      wait = EVERY;
      tell("Live");
    } catch {
      wait = Math.min(wait * 2, LONGEST);
      tell("Not refreshing. Check your connection and that you are signed in.", true);
    }
    asking = false;
    later();
  };
  const later = () => {
    clearTimeout(timer);
    timer = paused || document.hidden ? 0 : setTimeout(ask, wait);
  };

  if (sign) {
    pause.hidden = false;
    tell("Live");
    pause.addEventListener("click", () => {
      paused = !paused;
      pause.textContent = paused ? "Resume" : "Pause";
      tell(paused ? "Paused" : "Live");
      if (paused) later(); else ask();
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? later() : ask()));
    later();
  }

  // --- Keys -----------------------------------------------------------------------------------------
  const dialog = one("#keys"), opener = one("[data-keys-open]"), onOff = one("[data-keys-on]");
  const STORE = "ptj-single-keys";
  const recall = () => { try { return localStorage.getItem(STORE) !== "off"; } catch { return true; } };
  const keep = (on) => { try { localStorage.setItem(STORE, on ? "on" : "off"); } catch { /* this page only */ } };
  let keysOn = recall(), afterG = 0;

  if (dialog) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
    onOff.checked = keysOn;
    onOff.addEventListener("change", () => { keysOn = onOff.checked; keep(keysOn); });
  }

  const links = () => all("tr[data-item] th a, .found__items a");
  const step = (by) => {
    const found = links(), holder = document.activeElement.closest("tr, .found__items li");
    const at = found.findIndex((link) => holder && holder.contains(link));
    const next = found[at < 0 ? (by > 0 ? 0 : found.length - 1) : Math.min(Math.max(at + by, 0), found.length - 1)];
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const inRow = (selector) => {
    const row = document.activeElement.closest("tr[data-item], .found__items li");
    return row && one(selector, row);
  };
  const go = (query) => { location.href = one(".ops-search").action.replace(/search$/, "") + query; };
  const GO = { a: "", i: "?state=needs+review", b: "?state=blocked", u: "?state=unknown" };
  const DO = {
    j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
    o: () => inRow("a")?.click(),
    x: () => inRow('input[name="item"]')?.click(),
    "/": () => { one("[data-search]").focus(); one("[data-search]").select(); },
    f: () => { const filter = one("[data-filter]"); if (filter) { filter.open = true; one("select", filter).focus(); } },
    g: () => { afterG = Date.now(); },
    "?": () => dialog?.showModal(),
  };
  const writing = (target) => target.isContentEditable
    || (target.matches("input, select, textarea") && !target.matches('input[type="checkbox"]'));

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
    if (key === "Escape") {
      const open = target.closest("details.tool[open]");
      if (open) { open.open = false; one("summary", open).focus(); } else if (writing(target)) target.blur();
      return;
    }
    if (writing(target) || !keysOn) return;
    // Arrows move between items only once somebody is among them; else they scroll the page.
    if (key.startsWith("Arrow") && !target.closest("tr[data-item], .found__items li")) return;
    if (Date.now() - afterG < 1500 && key in GO) { afterG = 0; event.preventDefault(); go(GO[key]); return; }
    if (key in DO) { event.preventDefault(); DO[key](); }
  });

  // One box open at a time, and none after a click elsewhere.
  document.addEventListener("click", (event) => all("details.tool[open]").forEach((box) => {
    if (!box.contains(event.target)) box.open = false;
  }));
})();
