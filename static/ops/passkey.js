// Passkeys: a button asks the house what to ask the browser for, the browser's answer goes into the form, the form is sent.
//
//   <button type="button" data-passkey="/ops/passkeys/ask" data-into="credential">   use one    (…/make makes one)
//
// Without a script, or a browser that knows no passkeys, the button stays hidden and the code remains.
"use strict";
(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  const use = (options) => navigator.credentials.get({
    publicKey: { ...options, challenge: toBytes(options.challenge), allowCredentials: named(options.allowCredentials) },
  });
  const make = (options) => navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  });
  const plain = (made) => {
    const { response } = made;
    const said = { clientDataJSON: toText(response.clientDataJSON) };
    if (response.attestationObject) {
      said.attestationObject = toText(response.attestationObject);
      said.transports = response.getTransports?.() || [];
    } else {
      said.authenticatorData = toText(response.authenticatorData);
      said.signature = toText(response.signature);
      said.userHandle = response.userHandle ? toText(response.userHandle) : null;
    }
    return {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      authenticatorAttachment: made.authenticatorAttachment,
      clientExtensionResults: made.getClientExtensionResults(),
      response: said,
    };
  };

  const say = (form, text) => {
    const line = form.querySelector("[data-passkey-says]");
    line.textContent = text;
    line.hidden = !text;
  };
  const ask = async (button, form) => {
    const answer = await fetch(button.dataset.passkey, {
      method: "POST", credentials: "same-origin",
      headers: { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value },
    });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || `The house answered ${answer.status}.`);
    const options = (await answer.json()).publicKey;
    return plain(await (options.user ? make(options) : use(options)));
  };
  const press = async (button) => {
    const { form } = button;
    if (form.querySelector("[data-before-passkey]")?.reportValidity() === false) return;
    say(form, "");
    button.disabled = true;
    try {
      form.elements[button.dataset.into].value = JSON.stringify(await ask(button, form));
      form.submit();
    } catch (error) {
      button.disabled = false;
      say(form, error.name === "NotAllowedError" ? "No passkey was used: it was cancelled, or took too long." : error.message);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-passkey]")) {
      if (!window.PublicKeyCredential) continue;
      button.hidden = false;
      button.addEventListener("click", () => press(button));
    }
    for (const button of document.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
  });
})();
