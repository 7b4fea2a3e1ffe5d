// What the pages do beyond HTML. Every task works without this file.

/** A file field shows the chosen pictures. */
customElements.define("kaiteki-photos", class extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    const thumbs = document.createElement("div");
    thumbs.className = "thumbs";
    this.append(thumbs);
    input.addEventListener("change", () => {
      thumbs.replaceChildren(...[...input.files].filter((file) => file.type.startsWith("image/")).map((file) => {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        image.onload = () => URL.revokeObjectURL(image.src);
        return image;
      }));
    });
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
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

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

function makeButton(text, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn second";
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

function makeStatus() {
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  return [status, (text) => { status.textContent = text; }];
}

/** A place can be the current position, or a point on a map, besides words and numbers. */
customElements.define("kaiteki-place", class extends HTMLElement {
  connectedCallback() {
    const name = this.dataset.name;
    this.lat = this.querySelector(`[name="${name}_lat"]`);
    this.lon = this.querySelector(`[name="${name}_lon"]`);
    this.tools = this.querySelector("[data-tools]");
    const [status, say] = makeStatus();
    this.say = say;
    if (navigator.geolocation) this.tools.append(makeButton(this.dataset.here, () => this.here()));
    if (this.dataset.centre && window.WebGL2RenderingContext) {
      const pick = makeButton(this.dataset.pick, () => { pick.remove(); this.pick(); });
      this.tools.append(pick);
    }
    this.tools.append(status);
  }

  async here() {
    const found = await findHere(this.say, this.dataset);
    if (found) this.put(found.longitude, found.latitude);
  }

  put(lon, lat) {
    this.lon.value = lon.toFixed(6);
    this.lat.value = lat.toFixed(6);
    this.say(this.dataset.found);
    if (this.marker) this.marker.setLngLat([lon, lat]).addTo(this.map);
    if (this.map) this.map.easeTo({ center: [lon, lat] });
  }

  async pick() {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = this.dataset.style;
    document.head.append(sheet);
    const place = document.createElement("div");
    place.className = "place-map";
    this.tools.append(place);
    const { Map, Marker, NavigationControl } = await import(this.dataset.map);
    const given = [Number(this.lon.value), Number(this.lat.value)];
    const layers = [{ id: "ground", type: "background", paint: { "background-color": "#f2f1ec" } }];
    const sources = {};
    if (this.dataset.outline) {
      sources.outline = { type: "geojson", data: this.dataset.outline };
      layers.push({ id: "edge", type: "line", source: "outline", paint: { "line-color": "#8c8775", "line-width": 1.25 } });
    }
    this.map = new Map({
      container: place, center: given[0] ? given : this.dataset.centre.split(",").map(Number), zoom: 13,
      style: this.dataset.tiles || { version: 8, sources, layers }, attributionControl: false,
    });
    this.map.addControl(new NavigationControl({ showCompass: false }));
    this.marker = new Marker({ color: "#0017c1" });
    if (given[0]) this.marker.setLngLat(given).addTo(this.map);
    this.map.on("click", (event) => this.put(event.lngLat.lng, event.lngLat.lat));
  }
});

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
