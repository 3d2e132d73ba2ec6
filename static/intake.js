// Helps people as they type, and stores their choices for the visit. The form works the same without it.
"use strict";

(() => {
  const DRAFTS = "intake-draft:";
  const SENT = "intake-sent:";
  const SENDING_SECONDS = 15;
  const MOST_PHOTOS = 5;
  const LARGEST_PHOTO = 8 * 1024 * 1024;
  // Nothing that identifies a person is stored: the next user of a shared computer could read it.
  const STORED = new Set(["service", "urgency", "preferred_date", "preferred_window", "form_token", "rendered"]);

  const store = {
    read(key) { try { return JSON.parse(sessionStorage.getItem(key)) || {}; } catch { return {}; } },
    write(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ } },
    forget(start) {
      try {
        Object.keys(sessionStorage).filter((key) => key.startsWith(start)).forEach((key) => sessionStorage.removeItem(key));
      } catch { /* forbidden */ }
    },
  };
  const characters = (text) => [...text.replace(/\r\n/g, "\n")].length;

  // --- One message per field, tied to it -----------------------------------------------------------

  const tie = (input, id, tied) => {
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    if (tied) ids.add(id); else ids.delete(id);
    if (ids.size) input.setAttribute("aria-describedby", [...ids].join(" ")); else input.removeAttribute("aria-describedby");
  };

  const differs = (input) => input.type === "checkbox" ? input.checked !== input.defaultChecked : input.value !== input.defaultValue;

  // The summary above the form lists what is still to be corrected.
  const dropFromSummary = (input) => {
    const summary = document.querySelector(".error-summary");
    summary?.querySelector(`a[href="#${input.id}"]`)?.closest("li").remove();
    if (summary && !summary.querySelector("li")) summary.remove();
  };

  const say = (input, text, wrong) => {
    const field = input.closest(".field");
    const served = field.querySelector(".field__error");
    // Phone and email are asked for together: an email answers the error at the phone as well.
    const changed = differs(input) || (input.name === "phone" && differs(input.form.elements.email));
    // The server's word holds until the answer is another one.
    if (served && !changed) return;
    if (served) { tie(input, served.id, false); served.remove(); dropFromSummary(input); }
    let hint = field.querySelector(".field__hint");
    if (!hint && text) {
      hint = document.createElement("p");
      hint.id = `${input.name}-hint`;
      hint.setAttribute("role", "status");
      field.append(hint);
      tie(input, hint.id, true);
    }
    if (hint) {
      hint.className = wrong ? "field__hint field__hint--wrong" : "field__hint";
      hint.textContent = text;
    }
    field.classList.toggle("field--wrong", wrong);
    if (wrong) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  };

  // A rule returns [text, wrong]. Wrong is only what the server would not take.
  const rules = {
    name: (input) => input.value.trim() ? ["", false] : ["Enter your name.", true],
    phone: (input, form) => {
      const digits = input.value.replace(/\D/g, "").length;
      if (!input.value.trim()) return ["", false];
      if (!digits) return ["This does not contain a number. We will save it as typed.", false];
      return digits < 7 ? ["This looks short. If it is complete, leave it as it is.", false] : ["", false];
    },
    email: (input) => !input.value.trim() || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(input.value.trim())
      ? ["", false] : ["Enter an email address such as name@example.com.", false],
    preferred_date: (input) => {
      if (input.validity.badInput) return ["Enter a complete date.", false];
      if (input.value && input.value < input.min) return ["That day has passed. Choose a later day, or leave this empty.", false];
      if (input.value && input.value > input.max) return ["That is more than a year from now. We can ask you when we call.", false];
      return ["", false];
    },
  };

  const length = (input) => {
    const longest = Number(input.dataset.longest || 0);
    const over = characters(input.value) - longest;
    if (!longest || over < -Math.max(10, longest / 10)) return null;
    return over > 0 ? [`Shorten this by ${over}.`, true] : [`${-over} characters left.`, false];
  };

  const check = (input, form) => {
    const [text, wrong] = length(input) || (rules[input.name] ? rules[input.name](input, form) : ["", false]);
    say(input, text, wrong);
    return !wrong;
  };

  const reachable = (form) => {
    const { phone, email } = form.elements;
    const found = Boolean(phone.value.trim() || email.value.trim());
    if (!found) say(phone, "Enter a phone number or an email address so we can contact you.", true);
    return found;
  };

  // --- Choices and the token outlive a cut connection, a reload and the way back ---------------------

  const keyOf = (form) => DRAFTS + new URL(form.action, location.href).pathname + new URL(form.action, location.href).search;
  const kept = (form) => [...form.elements].filter((one) => STORED.has(one.name));

  const save = (form) => {
    const draft = {};
    for (const one of kept(form)) if (one.type !== "radio" || one.checked) draft[one.name] = one.value;
    store.write(keyOf(form), draft);
  };

  // Back on a form that was sent: under its token the same answers are the same request, not a second one.
  const sameAsSent = (form) => {
    const [visit] = performance.getEntriesByType("navigation");
    const sent = store.read(keyOf(form).replace(DRAFTS, SENT));
    if (visit?.type !== "back_forward" || !sent.form_token) return;
    form.elements.form_token.value = sent.form_token;
    form.elements.rendered.value = sent.rendered;
  };

  const finish = (start) => {
    const keys = (() => { try { return Object.keys(sessionStorage); } catch { return []; } })();
    for (const key of keys.filter((one) => one.startsWith(DRAFTS + start))) {
      const { form_token, rendered } = store.read(key);
      store.write(key.replace(DRAFTS, SENT), { form_token, rendered });
    }
    store.forget(DRAFTS + start);
  };

  const restore = (form) => {
    const draft = store.read(keyOf(form));
    if (!draft.form_token) return sameAsSent(form);
    for (const one of kept(form)) {
      if (!(one.name in draft)) continue;
      if (one.type === "radio") one.checked = one.value === draft[one.name]; else one.value = draft[one.name];
    }
    // Answers that are back must be seen before the form is sent.
    if (draft.preferred_date || form.elements.preferred_window.value !== "any") form.querySelector("[data-more]").open = true;
    const note = document.createElement("div");
    note.className = "callout kept";
    note.innerHTML = "<p role=\"status\">Your choices are still here. Check your contact details before you send.</p><button type=\"button\" class=\"button button--secondary button--small\">Clear it</button>";
    note.querySelector("button").addEventListener("click", () => { store.forget(keyOf(form)); form.reset(); location.reload(); });
    form.prepend(note);
  };

  // --- Photos --------------------------------------------------------------------------------------

  const photos = (input) => {
    const chosen = new DataTransfer();
    const left = [];
    for (const file of input.files) {
      if (!["image/jpeg", "image/png"].includes(file.type)) left.push(`${file.name} is not a JPEG or PNG image.`);
      else if (file.size > LARGEST_PHOTO) left.push(`${file.name} is larger than 8 MB.`);
      else if (chosen.files.length === MOST_PHOTOS) left.push(`${file.name} exceeds the limit of five photos.`);
      else chosen.items.add(file);
    }
    if (left.length) input.files = chosen.files;
    say(input, left.length ? `Not added: ${left.join(" ")}` : "", false);
  };

  // --- One form ------------------------------------------------------------------------------------

  const enhance = (form) => {
    if (!("bound" in form.dataset)) restore(form);
    const button = form.querySelector("button:not([type])");
    const words = button.textContent;
    const urgent = form.querySelector("[data-when-urgent]");
    const loud = () => urgent && urgent.toggleAttribute("data-loud", form.elements.urgency.value === "emergency");
    let sent = 0;

    const ready = () => { sent = 0; button.removeAttribute("aria-disabled"); button.textContent = words; };
    loud();
    form.addEventListener("input", (event) => {
      save(form);
      loud();
      const input = event.target;
      if (!input.name || input.type === "file") return;
      // While typing only what is mended is said at once; the rest waits until the field is left.
      if (input.hasAttribute("aria-invalid") || input.closest(".field")?.querySelector(".field__hint") || length(input)) check(input, form);
      if (input.name === "email" && form.elements.phone.hasAttribute("aria-invalid")) check(form.elements.phone, form);
    });
    form.addEventListener("focusout", ({ target }) => { if (target.name in rules && target.value) check(target, form); });
    form.addEventListener("change", ({ target }) => { if (target.type === "file") photos(target); });
    form.addEventListener("submit", (event) => {
      save(form);
      const now = Date.now();
      if (now - sent < SENDING_SECONDS * 1000) { event.preventDefault(); return; }
      // A page with errors loses the photos, so look first; without photos the server's word is enough.
      if (form.elements.photos.files.length) {
        const wrong = ["name", "message", "phone", "email"].filter((name) => !check(form.elements[name], form));
        if (!reachable(form)) wrong.push("phone");
        if (!form.elements.consent.checked) { say(form.elements.consent, "Please check the box so we can contact you.", true); wrong.push("consent"); }
        if (wrong.length) { event.preventDefault(); form.elements[wrong[0]].focus(); return; }
      }
      sent = now;
      button.setAttribute("aria-disabled", "true");
      button.textContent = "Sending…";
      setTimeout(ready, SENDING_SECONDS * 1000);
    });
    addEventListener("pageshow", (event) => { if (event.persisted) ready(); });
  };

  // --- The thank-you page --------------------------------------------------------------------------

  const offerCopy = (code) => {
    if (!navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--secondary button--small";
    button.textContent = "Copy number";
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(code.textContent); button.textContent = "Copied"; } catch { button.remove(); }
    });
    code.after(button);
  };

  // The office is normally notified a few seconds after the request is saved, while this page is being read.
  const CHECK_AFTER_SECONDS = [5, 20, 60];
  const followStatus = async (seconds) => {
    await new Promise((done) => setTimeout(done, seconds * 1000));
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      for (const part of ["[data-status]", "[data-as-of]"]) {
        const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
        if (fresh && fresh.innerHTML !== old.innerHTML) old.replaceChildren(...fresh.childNodes);
      }
    } catch { /* offline: the page keeps its time */ }
  };

  document.querySelectorAll("form[data-intake]").forEach(enhance);
  const done = document.querySelector("[data-intake-done]");
  if (done) {
    finish(`/sites/${done.dataset.intakeDone}/`);
    offerCopy(done.querySelector("[data-copy]"));
    CHECK_AFTER_SECONDS.forEach(followStatus);
  }
})();
