// Passkeys: a button has the browser ask for one, and sends what it signed with the form that the button belongs to.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

async function made({ publicKey: given }) {
  const publicKey = {
    ...given,
    challenge: bytes(given.challenge),
    user: { ...given.user, id: bytes(given.user.id) },
    excludeCredentials: named(given.excludeCredentials),
    // Kept by the device if it can: then it signs in by itself.
    authenticatorSelection: { residentKey: "preferred", requireResidentKey: false, userVerification: "preferred" },
  };
  const found = await navigator.credentials.create({ publicKey });
  const { attestationObject, clientDataJSON } = found.response;
  return sent(found, { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON) });
}

async function signed({ publicKey: given }) {
  const publicKey = { ...given, challenge: bytes(given.challenge), allowCredentials: named(given.allowCredentials) };
  const found = await navigator.credentials.get({ publicKey });
  const { authenticatorData, clientDataJSON, signature, userHandle } = found.response;
  return sent(found, {
    authenticatorData: text(authenticatorData),
    clientDataJSON: text(clientDataJSON),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

const sent = (found, response) => ({
  id: found.id,
  rawId: text(found.rawId),
  type: found.type,
  authenticatorAttachment: found.authenticatorAttachment,
  clientExtensionResults: found.getClientExtensionResults(),
  response,
});

async function options(button, form) {
  if (!button.dataset.optionsAt) return JSON.parse(document.getElementById("passkey-data").textContent);
  const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const answer = await fetch(button.dataset.optionsAt, { method: "POST", body });
  if (!answer.ok) throw new Error(answer.status);
  return { request_options: await answer.json() };
}

async function use(button) {
  const form = document.getElementById(button.dataset.passkey);
  const problem = button.closest("[data-passkey-place]").querySelector("[data-passkey-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    const { creation_options: create, request_options: ask } = await options(button, form);
    form.elements.credential.value = JSON.stringify(await (create ? made(create) : signed(ask)));
    // As if the button that sends the form had been pressed: it may say which of several answers it is.
    const submitter = [...form.elements].find((one) => one.type === "submit" && one.name !== "back");
    for (const field of form.elements) if (field.matches("#identity")) field.required = false;
    if (submitter) submitter.click();
    else form.requestSubmit();
  } catch {
    const number = /^[\d.]+$|^\[/.test(location.hostname);
    problem.textContent = number ? problem.dataset.number : problem.dataset.failed;
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
}

if (!window.passkeysWatched) {
  window.passkeysWatched = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-passkey]");
    if (button) use(button);
  });
  const offer = () => {
    if (!window.PublicKeyCredential && window.isSecureContext) return;
    for (const place of document.querySelectorAll("[data-passkey-place][hidden]")) place.hidden = false;
  };
  offer();
  new MutationObserver(offer).observe(document.body, { childList: true, subtree: true });
}
