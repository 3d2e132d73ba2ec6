/* For another website: sends its request form to the intake API and shows the code that the visitor gets.
   Without this script, or when anything at all goes wrong, the form posts itself to our hosted form.
   See docs/how-to/embed-the-form.md. */
(() => {
  "use strict";

  const TEXTS = ["name", "phone", "email", "service", "urgency", "preferred_date", "preferred_window", "message",
    "street", "city", "state", "zip"];
  const MARKS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "gclid", "gbraid", "wbraid", "fbclid", "msclkid"];
  const TICK = "Please check the box so we can contact you.";
  const PATIENCE = 8000;
  const script = document.currentScript;
  const siteKey = script.dataset.siteKey;
  const api = new URL("/api/v1/leads", script.src).href;

  /* A browser may forbid its memory; then each attempt stands for itself. */
  const memory = {
    read(name) {
      try { return JSON.parse(sessionStorage.getItem("pagetojob." + name)); } catch { return null; }
    },
    keep(name, value) {
      try { sessionStorage.setItem("pagetojob." + name, JSON.stringify(value)); } catch { /* see above */ }
    },
    drop(name) {
      try { sessionStorage.removeItem("pagetojob." + name); } catch { /* see above */ }
    },
  };

  /* Where the visit began: addresses without what a query may tell of a person, and the campaign marks. */
  function firstLanding() {
    const kept = memory.read("source");
    if (kept) return kept;
    const query = new URLSearchParams(location.search);
    const found = { landing_url: (location.origin + location.pathname).slice(0, 500) };
    try {
      const before = new URL(document.referrer);
      if (before.origin !== location.origin) found.referrer = (before.origin + before.pathname).slice(0, 500);
    } catch { /* no page led here */ }
    for (const mark of MARKS) if (query.get(mark)) found[mark] = query.get(mark).slice(0, 200);
    memory.keep("source", found);
    return found;
  }

  /* crypto.randomUUID is missing on pages without TLS. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* Tells one content from another; the content itself is not kept. */
  function mark(text) {
    let hash = 5381;
    for (const character of text) hash = (hash * 33 + character.codePointAt(0)) % 9007199254740881;
    return text.length + ":" + hash;
  }

  /* One key for one filled-in form, over retries and reloads, until its answer has come. */
  function keyOf(content) {
    const kept = memory.read("key");
    if (kept && kept.of === mark(content)) return kept.key;
    const key = uuid();
    memory.keep("key", { of: mark(content), key });
    return key;
  }

  function bodyOf(form) {
    const data = new FormData(form);
    const consent = form.querySelector("[data-pagetojob-consent]");
    const page = new URL(form.action).searchParams.get("page") || location.origin + location.pathname;
    const body = {
      schema: "pagetojob.lead/1",
      page,
      consent: { given: data.has("consent"), text: consent ? consent.textContent.trim() : "" },
      source: firstLanding(),
    };
    for (const name of TEXTS) if (data.get(name)) body[name] = String(data.get(name)).replace(/\0/g, "");
    return JSON.stringify(body);
  }

  async function send(content, key) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      return await fetch(api, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Site-Key": siteKey, "Idempotency-Key": key },
        body: content,
        credentials: "omit",
        signal: stop.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  function say(form, text) {
    let line = form.querySelector("[data-pagetojob-status]");
    if (!line) {
      line = document.createElement("p");
      line.dataset.pagetojobStatus = "";
      line.setAttribute("role", "status");
      form.append(line);
    }
    line.id = line.id || "pagetojob-status";
    line.textContent = text;
    return line;
  }

  function thank(form, receipt) {
    memory.drop("key");
    const line = say(form, "Thank you. Your request is stored. Your reference number: " + receipt.code +
      ". You do not have an appointment until the office confirms a time with you.");
    line.tabIndex = -1;
    form.replaceChildren(line);
    line.focus();
  }

  /* True when every mistake is in a field of this form, so that the visitor can mend it here. */
  function explained(form, problem) {
    const faults = (problem.errors || []).map((fault) => {
      const unticked = fault.pointer === "#/consent/given";
      const name = unticked ? "consent" : fault.pointer.slice(2);
      return { field: form.elements.namedItem(name), detail: unticked ? TICK : fault.detail };
    });
    if (!faults.length || faults.some((fault) => !(fault.field instanceof HTMLElement))) return false;
    const line = say(form, faults.map((fault) => fault.detail).join(" "));
    for (const fault of faults) {
      fault.field.setAttribute("aria-invalid", "true");
      fault.field.setAttribute("aria-describedby", line.id);
    }
    faults[0].field.focus();
    return true;
  }

  /* Under the same token, our hosted form finds the lead if the API had stored it after all. */
  function postPlainly(form, key) {
    let token = form.elements.namedItem("form_token");
    if (!token) {
      token = document.createElement("input");
      token.type = "hidden";
      token.name = "form_token";
      form.append(token);
    }
    token.value = key;
    HTMLFormElement.prototype.submit.call(form);
  }

  async function deliver(form) {
    const content = bodyOf(form);
    const key = keyOf(content);
    for (const wait of [0, 1000]) {
      try {
        if (wait) await new Promise((done) => setTimeout(done, wait));
        const answer = await send(content, key);
        if (answer.status === 201) return thank(form, await answer.json());
        if (answer.status === 422 && explained(form, await answer.json())) return undefined;
        if (answer.status < 500) break;
      } catch { /* cut off, or never answered: once more under the same key, then by the plain post */ }
    }
    return postPlainly(form, key);
  }

  function attach(form) {
    const source = firstLanding();
    const action = new URL(form.action);
    for (const name of MARKS) if (source[name]) action.searchParams.set(name, source[name]);
    form.action = action.href;
    // Forms copied earlier have limits at which a browser cuts a pasted text without a word.
    for (const field of form.querySelectorAll("[maxlength]")) field.removeAttribute("maxlength");
    if (!siteKey || !window.fetch) return;
    let busy = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
      say(form, "Sending your request…");
      try {
        await deliver(form);
      } finally {
        busy = false;
      }
    });
  }

  firstLanding();
  document.querySelectorAll("form[data-pagetojob]").forEach(attach);
})();
