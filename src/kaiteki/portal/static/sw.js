// The service worker of an area. The server writes `const SHELL = {…}` before it: what to keep. It keeps files by their content and the
// pages that are the same for everybody, fetched as nobody; no page of a person is ever kept. What cannot be sent waits in the outbox.
importScripts(SHELL.outbox);

const CACHE = `kaiteki-${SHELL.area}-${SHELL.mark}`;
const HOME = `/${SHELL.area}/`;
const DAY_MS = 86400000;
const LANGUAGE = `${HOME}language`, LOOKED = `${HOME}looked`;

/** Fetch the shared pages in every language, as somebody without cookies. */
async function keepPages(cache) {
  const addresses = SHELL.pages.flatMap((page) => SHELL.languages.map((language) => `${page}?lang=${language}`));
  await Promise.all(addresses.map(async (address) => {
    const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
    if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
    await cache.put(address, answer);
  }));
  await cache.put(LOOKED, new Response(String(Date.now())));
}

async function readKept(address, fallback) {
  const kept = await (await caches.open(CACHE)).match(address);
  return kept ? kept.text() : fallback;
}

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await Promise.all([cache.addAll(SHELL.files), keepPages(cache)]);
    await skipWaiting();
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const mine = (name) => name.startsWith(`kaiteki-${SHELL.area}-`) && name !== CACHE;
    await Promise.all((await caches.keys()).filter(mine).map((name) => caches.delete(name)));
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (request.method === "GET" || request.method === "POST") event.respondWith(navigate(request, url));
  } else if (request.method === "GET" && (url.pathname.startsWith("/static/") || SHELL.files.includes(url.pathname))) {
    event.respondWith(fromCache(request));
  }
});

/** A file by its content: from the cache, or from the network and then kept. */
async function fromCache(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") await cache.put(request, answer.clone());
  return answer;
}

/** A page always comes from the network. Without one: a form that was sent waits in the outbox, else a kept page says so. */
async function navigate(request, url) {
  const sent = request.method === "POST" ? request.clone() : null;
  try {
    return await fetch(request);
  } catch (gone) {
    const key = sent && await keepForm(sent, url);
    return key ? Response.redirect(`${nearest(url)}?entry=${encodeURIComponent(key)}`, 303) : await keptPage(url);
  }
}

/** The kept page beside or above an address: `…/new/offline` stands for all of `…/new`. */
function nearest(url) {
  const folder = (page) => page.slice(0, page.lastIndexOf("/"));
  const near = SHELL.pages.filter((page) => `${url.pathname}/`.startsWith(`${folder(page)}/`));
  return near.sort((one, other) => other.length - one.length)[0] || `${HOME}offline`;
}

async function keptPage(url) {
  const asked = url.searchParams.get("lang") || await readKept(LANGUAGE, navigator.language.slice(0, 2));
  const language = SHELL.languages.includes(asked) ? asked : SHELL.languages[0];
  const kept = await (await caches.open(CACHE)).match(`${nearest(url)}?lang=${language}`, { ignoreVary: true });
  return kept || Response.error();
}

/** A step of a journey that could not be sent, with the steps before it (its field `sofar`), as an entry of the outbox. */
async function keepForm(request, url) {
  try {
    const form = await request.formData();
    if (!form.has("sofar")) return "";
    const fields = JSON.parse(form.get("sofar")), files = [];
    for (const name of new Set(form.keys())) {
      const values = form.getAll(name);
      if (values[0] instanceof File) {
        values.filter((file) => file.size).forEach((file) => files.push({ field: name, name: file.name, content: file }));
      } else if (!["csrf", "sofar", "complete", "keep"].includes(name)) {
        fields[name] = values;
      }
    }
    const key = (fields.key || [])[0] || crypto.randomUUID();
    const state = form.has("complete") ? "waiting" : "draft";
    const title = (fields.title || [""])[0];
    await outbox.put({ key, area: SHELL.area, address: nearest(url), title, state, fields, files, at: Date.now() });
    await askForSync();
    return key;
  } catch (unkept) {
    console.warn("the form could not be kept", unkept);
    return "";
  }
}

/** Background Sync where the browser has it; elsewhere pages ask when they are opened or the network is back. */
async function askForSync() {
  if (registration.sync) await registration.sync.register("outbox").catch((refused) => console.warn("no background sync", refused));
}

async function sendWaiting(force) {
  const left = await outbox.sendAll(SHELL.area, force);
  const waiting = await clients.matchAll({ type: "window" });
  waiting.forEach((page) => page.postMessage({ waiting: left }));
  return left;
}

/** A message has come: what it says stands in it, and says nothing of a person (kit/channels/pushing.py). */
addEventListener("push", (event) => {
  const { title, body, open, tag, lang, urgent } = event.data.json();
  event.waitUntil(registration.showNotification(title, {
    body, tag, lang, renotify: true, requireInteraction: urgent, icon: `${HOME}icon-192.png`, data: { open },
  }));
});

/** Open the message in a window of this area that is there, else in a new one. */
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { open } = event.notification.data;
  event.waitUntil((async () => {
    const windows = await clients.matchAll({ type: "window" });
    const here = windows.find((one) => new URL(one.url).pathname.startsWith(HOME));
    if (!here) return clients.openWindow(open);
    await here.focus();
    return here.navigate(open);
  })());
});

addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  event.waitUntil(sendWaiting(false).then((left) => { if (left && !event.lastChance) throw new Error(`${left} still wait`); }));
});

addEventListener("message", (event) => {
  const { language, send, sync } = event.data || {};
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    if (language && language !== await readKept(LANGUAGE, "")) await cache.put(LANGUAGE, new Response(language));
    if (sync) await askForSync();
    if (send) await sendWaiting(send === "now");
    if (language && Date.now() - Number(await readKept(LOOKED, "0")) > DAY_MS) {
      await keepPages(cache).catch((gone) => console.warn("the kept pages stay as they are", gone));
    }
  })());
});
