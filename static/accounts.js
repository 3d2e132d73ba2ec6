// Passkeys: asks the server what to ask, asks the browser, and hands the answer back. Without it the page still works.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (list) => (list || []).map((known) => ({ ...known, id: bytes(known.id) }));

  class Said extends Error {}

  const post = async (form, url, body) => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
      },
      body: JSON.stringify(body),
      credentials: "same-origin",
    });
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    const answer = isJson ? await response.json() : {};
    if (answer.error || !isJson) throw new Said(answer.error || "The page is too old. Load it again.");
    return answer;
  };

  const ask = async (mode, options) => {
    options.challenge = bytes(options.challenge);
    if (mode === "use") {
      options.allowCredentials = withBytes(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    }
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = withBytes(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  };

  const asJson = (credential) => {
    const { response } = credential;
    const told = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) told[name] = text(response[name]);
    }
    if (response.getTransports) told.transports = response.getTransports();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: told, clientExtensionResults: {} };
  };

  const run = async (form) => {
    const begun = await post(form, form.dataset.begin, {});
    if (begun.next) return begun.next;
    const credential = await ask(form.dataset.passkey, begun.options);
    const name = form.elements.name ? form.elements.name.value : "";
    const ended = await post(form, form.dataset.complete, { credential: asJson(credential), name, next: form.dataset.next });
    return ended.next;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const said = form.querySelector("[role=status]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      said.textContent = "";
      try {
        location.assign(await run(form));
      } catch (error) {
        said.textContent = error instanceof Said ? error.message : "Nothing was changed: the passkey was not used. Try again, or use another way.";
        button.disabled = false;
      }
    });
  }
})();
