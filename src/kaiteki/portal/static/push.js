// The form with data-push subscribes this browser to notifications (Push API) and sends what the browser says. Without this script, or where
// the browser has no pushes, the form stays hidden and the page says what to do instead.

const form = document.querySelector("form[data-push]");
const other = document.querySelector("[data-no-push]");

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The subscription of this browser under the key of this city; one under another key is given up first. */
async function subscribe() {
  const worker = await navigator.serviceWorker.register(form.dataset.worker, { scope: form.dataset.scope });
  await navigator.serviceWorker.ready;
  const key = toBytes(form.dataset.push);
  const before = await worker.pushManager.getSubscription();
  if (before && toText(before.options.applicationServerKey) !== form.dataset.push) await before.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function send(event) {
  event.preventDefault();
  const refused = form.querySelector("[data-refused]");
  refused.hidden = true;
  try {
    const made = await subscribe();
    form.elements.endpoint.value = made.endpoint;
    form.elements.p256dh.value = toText(made.getKey("p256dh"));
    form.elements.auth.value = toText(made.getKey("auth"));
  } catch (no) {
    console.warn("no subscription", no);
    refused.hidden = false;
    return;
  }
  form.submit();
}

if (form && "serviceWorker" in navigator && "PushManager" in window) {
  form.hidden = false;
  other.hidden = true;
  form.addEventListener("submit", send);
}
