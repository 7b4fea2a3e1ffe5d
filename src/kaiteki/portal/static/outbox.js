// Forms that wait on this device until there is a network: kept in IndexedDB, sent once each by their key. A plain script, because
// the service worker and the pages both use it, as `outbox`.
self.outbox = (() => {
  const ENTRIES_MAX = 50, TIMEOUT_MS = 60000, ARRIVED_KEPT_MS = 86400000;
  const WAIT_MS = { busy: 60000, limited: 600000 };

  function open() {
    return new Promise((done, fail) => {
      const asked = indexedDB.open("kaiteki-outbox", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "key" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  }

  /** One transaction over the entries; `ask` answers a request whose result is the answer. */
  async function work(mode, ask) {
    const base = await open();
    try {
      return await new Promise((done, fail) => {
        const whole = base.transaction("entries", mode, { durability: "strict" });
        let found;
        ask(whole.objectStore("entries"), (result) => { found = result; });
        whole.oncomplete = () => done(found);
        whole.onerror = whole.onabort = () => fail(whole.error);
      });
    } finally { base.close(); }
  }

  const get = (key) => work("readonly", (entries, say) => { const asked = entries.get(key); asked.onsuccess = () => say(asked.result); });
  const drop = (key) => work("readwrite", (entries) => entries.delete(key));

  /** The entries of an area, the oldest first. */
  async function all(area) {
    const found = await work("readonly", (entries, say) => { const asked = entries.getAll(); asked.onsuccess = () => say(asked.result); });
    return found.filter((entry) => entry.area === area).sort((one, other) => one.at - other.at);
  }

  /** Keep an entry: key, area, address, title, state (draft or waiting), fields {name: [values]}, files [{field, name, content}]. */
  async function put(entry) {
    if ((await all(entry.area)).length >= ENTRIES_MAX && !(await get(entry.key))) throw new Error("the outbox is full");
    await work("readwrite", (entries) => entries.put({ tried: 0, after: 0, words: [], ...entry, changed: Date.now() }));
  }

  /** Change an entry unless it was thrown away or, when `edition` is given, written anew meanwhile; answers whether it did. */
  function change(key, news, edition) {
    return work("readwrite", (entries, say) => {
      const asked = entries.get(key);
      asked.onsuccess = () => {
        const entry = asked.result;
        if (!entry || (edition && entry.changed !== edition)) return say(false);
        entries.put({ ...entry, ...news });
        say(true);
      };
    });
  }

  /** The secret of the form as the server gives it to whoever uses this browser now. */
  async function secret(address) {
    const page = await fetch(address, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const found = /name="csrf" value="([0-9a-f]+)"/.exec(await page.text());
    if (!found) throw new Error("the form has no secret");
    return found[1];
  }

  /** Send one entry and write down what became of it; false when there is no use in going on with others. */
  async function send(entry) {
    let answer, said = {};
    try {
      const body = new FormData();
      body.set("csrf", await secret(entry.address));
      Object.entries(entry.fields).forEach(([name, values]) => values.forEach((value) => body.append(name, value)));
      entry.files.forEach((file) => body.append(file.field, new File([file.content], file.name, { type: file.content.type })));
      body.set("key", entry.key);
      body.set("script", "yes");
      answer = await fetch(entry.address, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
      if ((answer.headers.get("content-type") || "").startsWith("application/json")) said = await answer.json();
    } catch (gone) {
      await change(entry.key, { tried: entry.tried + 1 });
      return false;
    }
    return note(entry, answer.status, said);
  }

  async function note(entry, status, said) {
    if (said.state === "arrived") {
      const arrived = { state: "arrived", number: said.number, path: said.path, fields: {}, files: [], words: [], at: Date.now() };
      if (!(await change(entry.key, arrived, entry.changed))) await change(entry.key, { state: "late" });
    } else if (said.state === "late") {
      await change(entry.key, { state: "late", words: [] });
    } else if (said.state === "refused" || status === 413) {
      await change(entry.key, { state: "refused", words: said.words || [] });
    } else {
      const after = Date.now() + (said.state === "wait" ? WAIT_MS.limited : WAIT_MS.busy);
      await change(entry.key, { after, tried: entry.tried + 1, words: said.words || [] });
      return false;
    }
    return true;
  }

  /** Send what waits in an area, what failed less often first; `force` does not heed a time to wait. Answers how many still wait. */
  function sendAll(area, force = false) {
    return navigator.locks.request("kaiteki-outbox", async () => {
      const now = Date.now();
      const waiting = (await all(area)).filter((entry) => entry.state === "waiting" && (force || entry.after <= now));
      for (const entry of waiting.sort((one, other) => one.tried - other.tried)) if (!(await send(entry))) break;
      const left = await all(area);
      for (const entry of left) if (entry.state === "arrived" && entry.at < now - ARRIVED_KEPT_MS) await drop(entry.key);
      return left.filter((entry) => entry.state === "waiting").length;
    });
  }

  return { all, get, put, drop, sendAll };
})();
