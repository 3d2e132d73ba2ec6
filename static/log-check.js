// Checks in this browser whether a file is in the public log. Only its hash is sent; the file stays here. Without this
// script, verify.py does the same.
"use strict";

(() => {
  const form = document.querySelector("[data-log-check]");
  if (!form || !window.crypto?.subtle) return;
  form.hidden = false;
  const result = form.querySelector("[data-result]");
  const LARGEST = 64 * 1024 * 1024;

  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const decoded = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const equal = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
  const bits = (number) => number.toString(2);

  // RFC 6962: the root that follows from an entry and the hashes beside its way up.
  const rootOf = async (index, size, entry, proof) => {
    const inner = index === size - 1n ? 0 : bits(index ^ (size - 1n)).length;
    const border = [...bits(index >> BigInt(inner))].filter((bit) => bit === "1").length;
    if (proof.length !== inner + border) throw new Error("The proof has the wrong length.");
    // A node hashes two neighbors without a separator, so other lengths would let a log exchange an entry.
    if (proof.some((other) => other.length !== 32)) throw new Error("A hash of the proof has the wrong length.");
    let node = await sha256(Uint8Array.of(0), entry);
    for (const [level, other] of proof.entries()) {
      const left = level < inner && !((index >> BigInt(level)) & 1n);
      node = left ? await sha256(Uint8Array.of(1), node, other) : await sha256(Uint8Array.of(1), other, node);
    }
    return node;
  };

  const signedByLog = async (text, lines, keys) => {
    for (const line of lines) {
      const [, name, signature] = line.match(/^— (\S+) (\S+)$/) ?? [];
      // A log that replaced its key has two of the same name.
      for (const key of keys.filter((one) => one.name === name)) {
        const publicKey = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
        if (await crypto.subtle.verify({ name: "Ed25519" }, publicKey, decoded(signature).slice(4), new TextEncoder().encode(text))) return true;
      }
    }
    return false;
  };

  const keys = form.dataset.keys.split(" ").filter(Boolean).map((text) => {
    const [name, , ...value] = text.split("+"); // base64 contains the separator, too
    return { name, bytes: decoded(value.join("+")).slice(1) };
  });

  const check = async (file) => {
    if (file.size > LARGEST) throw new Error("The file is larger than 64 MB. Use verify.py.");
    const digest = hex(await sha256(file));
    const lines = [`SHA-256 of the file: ${digest}`];
    const response = await fetch(`${form.dataset.proofs}${digest}`, { headers: { Accept: "application/json" } });
    if (response.status === 404) return { good: false, head: "This file is not in the log. It was changed, it is not ours, or it joins within a minute. Of a bundle, check the files inside.", lines };
    if (!response.ok) throw new Error("The proof could not be loaded. Try again.");
    const proof = await response.json();
    const [text, signatures] = proof.checkpoint.split("\n\n");
    const [origin, count, root] = text.split("\n");
    const entry = JSON.parse(proof.entry);
    if (entry.sha256 !== digest) throw new Error("The entry is about another file.");
    const found = await rootOf(BigInt(proof.index), BigInt(count), new TextEncoder().encode(proof.entry), proof.inclusion.map(decoded));
    if (!equal(found, decoded(root))) throw new Error("The entry is not in the signed log.");
    lines.push(`Entry ${proof.index} of ${count} in ${origin}, submitted ${entry.at}`);
    try {
      if (!(await signedByLog(`${text}\n`, signatures.trim().split("\n"), keys))) throw new Error("signature");
      lines.push("The state of the log is signed with its key.");
    } catch (error) {
      if (error.name !== "NotSupportedError") throw new Error("The state of the log is not signed with its key.");
      lines.push("The signature was not checked: this browser does not know Ed25519. verify.py checks it.");
    }
    return { good: true, head: "This file is in the log, unchanged.", lines };
  };

  const show = ({ good, head, lines }) => {
    result.className = `callout ${good ? "callout--good" : "callout--stop"}`;
    result.replaceChildren(
      Object.assign(document.createElement("strong"), { textContent: head }),
      ...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })),
    );
  };

  form.querySelector("input[type=file]").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    result.className = "";
    result.textContent = "Checking…";
    try {
      show(await check(file));
    } catch (error) {
      show({ good: false, head: "Not verified", lines: [error.message] });
    }
  });
})();
