// What the pages do beyond HTML. Every task works without this file.

/** A file field shows the chosen pictures; more can be added one after another, and each can be taken out. */
customElements.define("kaiteki-photos", class extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.files = [];
    this.thumbs = document.createElement("ul");
    this.thumbs.className = "thumbs";
    this.append(this.thumbs);
    this.input.addEventListener("change", () => {
      const many = this.input.multiple ? Number(this.dataset.max) || 1 : 1;
      const known = new Set(this.files.map((file) => `${file.name} ${file.size} ${file.lastModified}`));
      const fresh = [...this.input.files].filter((file) => !known.has(`${file.name} ${file.size} ${file.lastModified}`));
      this.put(many > 1 ? [...this.files, ...fresh].slice(0, many) : [...this.input.files]);
    });
    addEventListener("pageshow", () => { if (this.input.files.length) this.put([...this.input.files]); });
  }

  put(files) {
    const chosen = new DataTransfer();
    files.forEach((file) => chosen.items.add(file));
    this.files = files;
    this.input.files = chosen.files;
    this.thumbs.replaceChildren(...files.filter((file) => file.type.startsWith("image/")).map((file) => {
      const row = document.createElement("li"), image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      image.onload = () => URL.revokeObjectURL(image.src);
      row.append(image, makeButton(this.dataset.drop, () => {
        this.put(this.files.filter((one) => one !== file));
        this.input.dispatchEvent(new Event("input", { bubbles: true }));
        this.input.focus();
      }, "quiet small"));
      return row;
    }));
  }
});

const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

// One press, one form: a second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-busy", "true"));
});
// A live form that got no answer can be pressed again; a filter then loads its page as without a script.
document.addEventListener("htmx:error", (event) => {
  const form = event.target.closest && event.target.closest("form");
  if (!form) return;
  delete form.dataset.sent;
  form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

// What is half written is kept with the draft at the server when its page is left: the fields, not the files. Nothing stays in the browser.
const journey = document.querySelector("form[data-keep]");
if (journey) {
  let changed = false;
  journey.addEventListener("input", (event) => { if (event.target.type !== "file") changed = true; });
  const keep = () => {
    if (!changed || journey.dataset.sent || !navigator.onLine) return;
    const fields = new FormData(journey);
    [...fields.keys()].forEach((name) => { if (fields.get(name) instanceof File || name === "drop") fields.delete(name); });
    fields.set("keep", "yes");
    if (navigator.sendBeacon(location.pathname, fields)) changed = false;
  };
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
  addEventListener("pagehide", keep);
}

// {n} is the number, {n|report waits|reports wait} what goes with it; kaiteki.model.words says the same for pages.
const counted = (words, n) => words.replace(/\{n\|([^|}]*)\|([^|}]*)\}/g, (_, one, many) => n === 1 ? one : many).replace("{n}", n);

// The service worker keeps what everybody sees for the time without a network, and sends what waits on this device.
if (navigator.serviceWorker && document.body.dataset.worker) {
  const workers = navigator.serviceWorker, { language } = document.documentElement.dataset;
  const tell = async () => (await workers.ready).active.postMessage({ language, send: "due" });
  workers.addEventListener("message", (event) => {
    const flash = document.getElementById("waiting");
    // a page of a town whose services keep nothing on the device has no such line
    if (!flash) return;
    flash.hidden = !event.data.waiting;
    flash.querySelector("a").textContent = counted(flash.dataset.words, event.data.waiting);
  });
  addEventListener("load", () => {
    workers.register(document.body.dataset.worker, { scope: document.body.dataset.scope, updateViaCache: "none" })
      .then(tell, (refused) => console.info("no service worker", refused.message));
  });
  addEventListener("online", tell);
}

// A menu closes with Escape and gives the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});

/** Asks the browser where it is; `say` shows the words of the state. */
function findHere(say, words) {
  return new Promise((done) => {
    say(words.finding || "");
    navigator.geolocation.getCurrentPosition(
      (found) => done(found.coords),
      () => { say(words.failed); done(null); },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

function makeButton(text, press, kind = "second") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `btn ${kind}`;
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

function makeStatus() {
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  return [status, (text) => { status.textContent = text; }];
}

/** A place can be the current position besides words and numbers; map.js adds a map to it. */
customElements.define("kaiteki-place", class extends HTMLElement {
  connectedCallback() {
    const name = this.dataset.name;
    this.lat = this.querySelector(`[name="${name}_lat"]`);
    this.lon = this.querySelector(`[name="${name}_lon"]`);
    this.tools = this.querySelector("[data-tools]");
    [this.status, this.say] = makeStatus();
    if (navigator.geolocation) this.tools.append(makeButton(this.dataset.here, () => this.here()));
    this.tools.append(this.status);
  }

  /** Longitude and latitude as the fields have them, null without. */
  given() {
    return this.lat.value && this.lon.value ? [Number(this.lon.value), Number(this.lat.value)] : null;
  }

  async here() {
    const found = await findHere(this.say, this.dataset);
    if (!found) return;
    this.put(found.longitude, found.latitude, this.dataset.found);
    this.dispatchEvent(new CustomEvent("placed", { detail: this.given() }));
  }

  put(lon, lat, said) {
    this.lon.value = lon.toFixed(6);
    this.lat.value = lat.toFixed(6);
    this.lat.dispatchEvent(new Event("input", { bubbles: true }));
    this.say(`${said}（${lat.toFixed(4)}, ${lon.toFixed(4)}）`);
  }
});

// Maps that move come with a script of their own, where a page has a place for one.
function loadMaps() {
  if (document.querySelector("kaiteki-map, kaiteki-place[data-centre]")) {
    import(JSON.parse(document.body.dataset.map).script).catch((gone) => console.warn("no moving maps", gone));
  }
}
loadMaps();
document.addEventListener("htmx:after:swap", loadMaps);

// 「現在地」 beside a field that takes latitude and longitude.
document.querySelectorAll("[data-here-for]").forEach((row) => {
  if (!navigator.geolocation) return;
  const field = document.getElementById(row.dataset.hereFor);
  const [status, say] = makeStatus();
  row.append(makeButton(row.dataset.here, async () => {
    const found = await findHere(say, row.dataset);
    if (found) { field.value = `${found.latitude.toFixed(5)},${found.longitude.toFixed(5)}`; field.form.requestSubmit(); }
  }), status);
});

// A desk has keys: J and K go through the rows, Enter opens. They are off while somebody writes.
document.addEventListener("keydown", (event) => {
  if (!document.querySelector(".desk-main") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!"jk".includes(event.key) || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
  const rows = [...document.querySelectorAll(".desk-main tbody a")];
  const now = rows.indexOf(document.activeElement);
  const next = rows[event.key === "j" ? now + 1 : Math.max(0, now - 1)];
  if (next) next.focus();
});
