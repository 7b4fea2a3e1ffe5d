// Forms with data-passkey ask the device for a passkey before they are sent. Without this script, or where the device has
// none, the form stays hidden and the page offers the other ways.

const toBytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const named = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  });
  return {
    ...plain(made),
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
    },
  };
}

async function show(options, further) {
  const shown = await navigator.credentials.get({
    ...further,
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: named(options.allowCredentials),
    },
  });
  return {
    ...plain(shown),
    response: {
      clientDataJSON: toText(shown.response.clientDataJSON),
      authenticatorData: toText(shown.response.authenticatorData),
      signature: toText(shown.response.signature),
      userHandle: shown.response.userHandle ? toText(shown.response.userHandle) : null,
    },
  };
}

const plain = (credential) => ({
  id: credential.id,
  rawId: toText(credential.rawId),
  type: credential.type,
  clientExtensionResults: credential.getClientExtensionResults(),
});

async function ask(form, further) {
  const address = new URL(form.dataset.passkey, location.href);
  for (const field of form.querySelectorAll("[data-passkey-ask]")) address.searchParams.set(field.name, field.value);
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const { ticket, options } = await answer.json();
  const said = options.user ? await make(options) : await show(options, further);
  form.elements.ticket.value = ticket;
  form.elements.answer.value = JSON.stringify(said);
}

function tell(form, words) {
  const place = form.querySelector("[role=status]");
  place.textContent = words;
  place.hidden = words === "";
}

// While nobody has pressed anything, the browser offers the passkeys of this site where it offers names and passwords. What it is asked
// with is good for a while only, so it is asked anew; it takes one question at a time, so pressing the button ends this one.
const ASKED_ANEW_MS = 240_000;
const ASKED_MAX = 60;
let offered = null;

async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (let turn = 0; turn < ASKED_MAX; turn += 1) {
    const asked = new AbortController();
    offered = asked;
    const anew = setTimeout(() => asked.abort("anew"), ASKED_ANEW_MS);
    try {
      await ask(form, { mediation: "conditional", signal: asked.signal });
      form.submit();
      return;
    } catch {
      // the other ways stand on the page: whatever ended the offer, there is nothing to be told
      if (asked.signal.reason !== "anew") return;
    } finally {
      clearTimeout(anew);
    }
  }
}

function begin(form) {
  form.hidden = false;
  if ("offers" in form.dataset) offer(form);
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    offered?.abort();
    tell(form, "");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await ask(form);
      form.submit();
    } catch (error) {
      // who closes the window of the device has done nothing wrong: the words say what can be done now
      const known = error instanceof DOMException && error.name === "InvalidStateError";
      tell(form, known ? form.dataset.known : form.dataset.failed);
      button.disabled = false;
    }
  });
}

// a page that comes back from the history holds an answer that was used
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

if (window.PublicKeyCredential && window.isSecureContext) {
  document.querySelectorAll("form[data-passkey]").forEach(begin);
  document.querySelectorAll("[data-no-passkey]").forEach((words) => {
    words.hidden = true;
  });
}
