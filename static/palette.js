// The command palette: opens the search over any page. Without it, the link leads to the search page.
(() => {
  "use strict";
  const dialog = document.querySelector("[data-palette]"), opener = document.querySelector("[data-palette-open]");
  if (!dialog || !dialog.showModal) return;
  const form = dialog.querySelector("form"), input = dialog.querySelector("[role=combobox]");
  const results = dialog.querySelector("[data-palette-results]"), status = dialog.querySelector("[data-palette-status]");
  const none = dialog.querySelector("[data-palette-none]");
  const PAUSE = 200;
  let timer = 0, request = null, chosen = -1;

  const options = () => [...results.querySelectorAll("[role=option]")];
  const choose = (index) => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
    if (chosen < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  };
  const show = (list) => {
    results.replaceChildren(list);
    // A listbox must have options, so the words about none stand next to it.
    const hasOptions = options().length > 0;
    results.hidden = !hasOptions;
    none.hidden = hasOptions;
    none.textContent = hasOptions ? "" : list.textContent.trim();
    input.setAttribute("aria-expanded", String(hasOptions));
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    status.textContent = list.dataset.status || "";
  };
  const failed = (words) => {
    const list = document.createElement("p");
    list.dataset.status = list.textContent = words;
    show(list);
  };

  const search = async () => {
    request?.abort();
    const own = request = new AbortController();
    try {
      const answer = await fetch(dialog.dataset.url, {
        method: "POST", body: new FormData(form), redirect: "error",
        signal: AbortSignal.any([own.signal, AbortSignal.timeout(5000)]),
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const list = page.querySelector("[data-palette-list]");
      if (own !== request) return;
      if (list) show(document.adoptNode(list));
      else failed("Not available. Check that you are signed in, or press Enter for the search page.");
    } catch {
      if (own === request && !own.signal.aborted) failed("No answer. Check your connection, or press Enter for the search page.");
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(search, PAUSE); };

  const open = () => {
    if (dialog.open) return;
    dialog.showModal(); // returns the focus when it closes
    input.select();
    search();
  };

  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open();
  });
  dialog.querySelector("[data-palette-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { clearTimeout(timer); request?.abort(); });
  input.addEventListener("input", later);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      choose(chosen < 0 && step < 0 ? -1 : chosen + step);
    } else if (event.key === "Enter" && !event.isComposing && chosen >= 0) {
      event.preventDefault();
      const link = options()[chosen];
      if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener"); else link.click();
    }
  });
  results.addEventListener("click", () => dialog.close());

  // Single keys can be turned off in the list of shortcuts.
  const singleKeys = () => { try { return localStorage.getItem("ptj-single-keys") !== "off"; } catch { return true; } };
  const writing = (target) => target.isContentEditable
    || (target.matches?.("input, select, textarea") && !target.matches('input[type="checkbox"], input[type="radio"]'));
  document.addEventListener("keydown", (event) => {
    const isK = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey
      && singleKeys() && !writing(event.target) && !document.querySelector("dialog[open]");
    if (!isK && !isSlash) return;
    event.preventDefault();
    open();
  }, true);
})();
