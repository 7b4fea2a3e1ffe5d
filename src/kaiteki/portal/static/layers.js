// The map of many layers: what the page chose is drawn from the tiles of the node, and whatever is done on the map is written back to the page.
// The page says all there is to say (its template data-told): the layers with their signs, words, addresses. Lists, legends and notes come from the
// server as parts of the same page, so that they say the same without this script. Without WebGL this file does nothing.

const WAIT_MS = 350, ZOOM_FOUND = 17, PRESS_PX = 6, SIGN_PX = 28, PATTERN_PX = 12, LABEL_ZOOM = 14.5, SMALL_ZOOM = 11.5, PLACES_MAX = 200;
const NOT_POINT = ["!", ["in", ["geometry-type"], ["literal", ["Point", "MultiPoint"]]]];
/** From below to above: the areas of all layers, their lines, their names, their points. The library gives room from above to below, so names lie
 * below signs, that none stands on a sign. */
const RANKS = { fill: 0, pattern: 0, edge: 0, case: 1, line: 1, names: 2, sign: 3 };
const rankOf = ({ id }) => RANKS[id.slice(id.lastIndexOf("|") + 1)];
/** Where a name stands beside its sign, the best first, in heights of a letter. */
const BESIDE = ["top", [0, 1.9], "bottom", [0, -1.9], "left", [1.4, 0], "right", [-1.4, 0]];
/** Where the name of a part of the town stands: at its middle, else above or below it. */
const AROUND = ["center", [0, 0], "bottom", [0, -1.6], "top", [0, 1.6]], TILES_DEEPEST = 18;
const NOTHING = { type: "FeatureCollection", features: [] };
const PARTS = ["maps-shown", "maps-notes", "maps-days", "maps-seen", "maps-links"];
const fontOf = () => getComputedStyle(document.body).fontFamily;
const fixed = (number, digits) => String(Number(number.toFixed(digits)));
const short = (place) => place.map((one) => fixed(one, 6)).join(",");

function offer(text, press, sign = "") {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn second small", textContent: text });
  const drawn = sign && document.querySelector(`[data-tool="${sign}"] svg`);
  if (drawn) button.prepend(drawn.cloneNode(true));
  button.addEventListener("click", press);
  return button;
}

/** A sign or a pattern as a picture of the library, drawn from the same path as the legend of the page. */
function paint(size, ratio, draw) {
  const canvas = Object.assign(document.createElement("canvas"), { width: size * ratio, height: size * ratio });
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  draw(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** The strokes of a pictogram of the page, of which it has paths, circles, ellipses and rectangles. */
function strokesOf(name) {
  const read = (part, names) => names.map((one) => Number(part.getAttribute(one)) || 0);
  return [...document.querySelectorAll(`[data-icon="${CSS.escape(name)}"] svg > *`)].map((part) => {
    if (part.localName === "path") return new Path2D(part.getAttribute("d"));
    const stroke = new Path2D();
    if (part.localName === "rect") stroke.roundRect(...read(part, ["x", "y", "width", "height", "rx"]));
    else if (part.localName === "circle") stroke.arc(...read(part, ["cx", "cy", "r"]), 0, 2 * Math.PI);
    else stroke.ellipse(...read(part, ["cx", "cy", "rx", "ry"]), 0, 0, 2 * Math.PI);
    return stroke;
  });
}

function signOf(one, path) {
  return (pen) => {
    const shape = new Path2D(path);
    pen.translate(SIGN_PX / 12, SIGN_PX / 12);
    pen.scale(SIGN_PX / 28.8, SIGN_PX / 28.8);
    Object.assign(pen, { strokeStyle: one.outline || "#fff", lineWidth: 3, lineJoin: "round", lineCap: "round", fillStyle: one.colour });
    pen.stroke(shape);
    pen.fill(shape);
    if (!one.icon) return;
    pen.translate(5.28, 5.28);
    pen.scale(0.56, 0.56);
    Object.assign(pen, { strokeStyle: "#fff", lineWidth: 2.25 });
    strokesOf(one.icon).forEach((stroke) => pen.stroke(stroke));
  };
}

function patternOf(one, path) {
  return (pen) => {
    Object.assign(pen, { strokeStyle: one.edge, lineWidth: 1.2 });
    pen.stroke(new Path2D(path));
  };
}

/** Whether a feature has one of the values of a class, or lies in one of its stretches of numbers or days. */
function isOf(layer, one) {
  const told = ["get", layer.property], is = [["in", ["to-string", told], ["literal", one.values]]];
  for (const { low, high } of one.stretches) {
    const kind = typeof (low ?? high), ends = [[">=", low], ["<=", high]].filter(([, end]) => end !== null);
    is.push(["case", ["==", ["typeof", told], kind], ["all", ...ends.map(([sign, end]) => [sign, [kind, told], end])], false]);
  }
  return is.length > 1 ? ["any", ...is] : is[0];
}

/** Which features of a layer a class of its legend stands for: those of no class before it; the last class without a value takes the rest. */
function filterOf(layer, one) {
  if (!layer.property) return [];
  const known = layer.classes.filter((other) => other.values.length), at = known.indexOf(one);
  const before = at < 0 ? known : one.stretches.length ? known.slice(0, at) : known.slice(0, at).filter((other) => other.stretches.length);
  return [...(at < 0 ? [] : [isOf(layer, one)]), ...before.map((other) => ["!", isOf(layer, other)])];
}

/** The layer of the tiles; what comes as features has none. */
const tableOf = (layer) => layer.items ? {} : { "source-layer": layer.table };

/** The style layers of one class, from below to above; `metadata` has the opacity that 100 % stands for. */
function drawn(layer, one, at) {
  const of = (kind, type, share, rest) => ({
    id: `${layer.id}|${at}|${kind}`, type, source: layer.id, ...tableOf(layer),
    filter: ["all", ...filterOf(layer, one), ...rest.shapes.map((shape) => ["==", ["geometry-type"], shape])],
    minzoom: layer.zoom[0], maxzoom: layer.zoom[1],
    metadata: { layer: layer.id, share, opacity: `${type === "symbol" ? "icon" : type}-opacity` }, paint: rest.paint, layout: rest.layout || {},
  });
  const made = [];
  if (layer.sort !== "line" && layer.sort !== "point") {
    made.push(of("fill", "fill", one.fill, { shapes: ["Polygon"], paint: { "fill-color": one.colour } }));
    if (one.pattern) made.push(of("pattern", "fill", 0.3 + one.fill / 2, { shapes: ["Polygon"], paint: { "fill-pattern": `${layer.id}|${at}` } }));
    const edge = { "line-color": one.outline || one.edge, "line-width": one.width, ...(one.dash.length ? { "line-dasharray": one.dash } : {}) };
    made.push(of("edge", "line", 1, { shapes: ["Polygon"], paint: edge }));
  }
  if (layer.sort !== "area" && layer.sort !== "point") {
    const layout = { "line-cap": one.dash.length ? "butt" : "round", "line-join": "round" };
    const line = { "line-color": one.colour, "line-width": one.width, ...(one.dash.length ? { "line-dasharray": one.dash } : {}) };
    made.push(of("case", "line", 0.9, { shapes: ["LineString"], paint: { "line-color": one.outline || "#fff", "line-width": one.width + 2.5 }, layout }));
    made.push(of("line", "line", 1, { shapes: ["LineString"], paint: line, layout }));
  }
  if (layer.sort !== "area" && layer.sort !== "line") {
    // all signs are drawn, smaller from afar, and names keep off them
    const size = ["interpolate", ["linear"], ["zoom"], SMALL_ZOOM, 0.55, LABEL_ZOOM, 1];
    const layout = { "icon-image": `${layer.id}|${at}|sign`, "icon-allow-overlap": true, "icon-size": size };
    made.push(of("sign", "symbol", 1, { shapes: ["Point"], paint: {}, layout }));
  }
  return made;
}

/** The names of the features of a layer, where one looks closely: of points beside their signs. They stay as they are where the fill of their layer fades. */
function namesOf(layer) {
  const points = { ...layer, sort: "point" };
  if (layer.sort !== "any") return [namesWhere(layer, `${layer.id}|names`, [])];
  return [namesWhere(layer, `${layer.id}|rest|names`, [NOT_POINT]), namesWhere(points, `${layer.id}|names`, [["!", NOT_POINT]])];
}

/** What a feature is called: where that is the value of a class or its Japanese words, its words in the language of the page, as in the legend. */
function calledOf(layer) {
  const name = ["coalesce", ...layer.names.map((one) => ["to-string", ["get", one]]), ""];
  const words = new Map(layer.classes.flatMap((one) => one.called.map((text) => [text, one.words])));
  return words.size ? ["match", name, ...[...words].flat(), name] : name;
}

function namesWhere(layer, id, shapes) {
  const named = layer.classes.filter((one) => one.values.length).map((one) => isOf(layer, one)), rest = layer.classes.some((one) => !one.values.length);
  const along = layer.sort === "line", ink = { "text-color": "#1a1a1a", "text-halo-color": "#fff", "text-halo-width": 1.6 };
  return {
    id, type: "symbol", source: layer.id, ...tableOf(layer), minzoom: Math.max(LABEL_ZOOM, layer.zoom[0]), maxzoom: layer.zoom[1],
    filter: ["all", ...shapes, ...(layer.property && !rest ? [["any", ...named]] : [])],
    paint: ink, metadata: { layer: layer.id },
    layout: {
      "text-field": calledOf(layer), "text-font": [fontOf()], "text-size": 13, "text-max-width": 9,
      "symbol-placement": along ? "line" : "point", ...(along ? { "text-offset": [0, -0.9] } : {}),
      ...(layer.sort === "point" ? { "text-variable-anchor-offset": BESIDE, "text-justify": "auto" } : {}),
    },
  };
}

customElements.define("kaiteki-layers", class extends HTMLElement {
  async connectedCallback() {
    if (this.told) return;
    this.told = JSON.parse(this.querySelector("template[data-told]").content.textContent);
    this.words = this.told.words;
    this.status = this.querySelector("[data-status]");
    this.chosen = this.told.chosen.map((one) => ({ ...one }));
    this.form = document.getElementById("maps-form");
    this.live = await this.open().catch((failed) => { console.warn("the moving map is not available", failed); return false; });
    if (!this.live) return;
    this.dataset.live = "";
    this.listen();
    this.tools();
  }

  disconnectedCallback() { this.map?.remove(); }

  say(text) { this.status.textContent = text; }

  // The map -----------------------------------------------------------------------------------------------------------

  async open() {
    const maps = await import(JSON.parse(document.body.dataset.map).script);
    if (!maps.canDraw()) return false;
    const figure = this.querySelector("figure"), place = document.createElement("div");
    place.className = "map-live";
    figure.append(place);
    Object.assign(this, { waits: new Set(), lost: new Set(), gone: new Set() });
    const { at, z, bounds } = this.told;
    const view = at && z !== null ? { center: at, zoom: z } : { bounds, fitBoundsOptions: { padding: 24 } };
    try {
      const { map, Marker, library } = await maps.openMap(place, { ...view, maxZoom: 20, minZoom: 4, keyboard: true });
      Object.assign(this, { map, Marker });
      this.patience = await import(this.dataset.patience);
      this.patience.addPatience(library, (what, address) => this.hear(what, address));
      map.addControl(new library.FullscreenControl({ container: figure }));
    } catch (failed) {
      place.remove();
      throw failed;
    }
    await new Promise((done) => { if (this.map.isStyleLoaded()) done(); else this.map.once("load", done); });
    figure.querySelector("svg:not(.maps-cross)")?.remove();
    figure.querySelector(".maps-cross").removeAttribute("hidden");
    if (!maps.told.tiles) this.lay();
    this.measured();
    this.stack();
    if (this.told.days) this.days = new (await import(this.dataset.days)).Days(this, { paint, signPx: SIGN_PX, patternPx: PATTERN_PX });
    const canvas = this.map.getCanvas();
    canvas.setAttribute("aria-describedby", "maps-keys");
    if (this.told.at && this.told.marked) this.mark(this.told.at);
    return true;
  }

  /** Under all layers, where no base map lies: the land, the outline and the names of a town without wards, from its own data. */
  lay() {
    const { tables = [], names = [] } = this.told.ground, land = { "fill-color": "#fbfaf6" }, edge = { "line-color": "#8c8775", "line-width": 1.25 };
    for (const { kind, table, tiles } of tables) {
      const id = `ground-${kind}`;
      this.map.addSource(id, { type: "vector", tiles: [`patient://${location.host}${tiles}`], maxzoom: TILES_DEEPEST });
      this.map.addLayer({ id, type: kind, source: id, "source-layer": table, paint: kind === "fill" ? land : edge });
    }
    if (!names.length) return;
    const data = { type: "FeatureCollection", features: names.map(({ text, at }) => ({ type: "Feature", properties: { text }, geometry: { type: "Point", coordinates: at } })) };
    this.map.addSource("ground-names", { type: "geojson", data });
    const layout = { "text-field": ["get", "text"], "text-font": [fontOf()], "text-size": 14, "text-variable-anchor-offset": AROUND };
    this.map.addLayer({ id: "ground-names", type: "symbol", source: "ground-names", layout, paint: { "text-color": "#5b5648", "text-halo-color": "#fbfaf6", "text-halo-width": 2 } });
  }

  layer(id) { return this.told.layers.find((one) => one.id === id); }

  /** Draws the chosen layers, the first of them on top; what is not chosen any more goes. */
  stack() {
    const wanted = this.chosen.map(({ id }) => id);
    for (const { id, metadata } of this.map.getStyle().layers) {
      if (metadata?.layer && !wanted.includes(metadata.layer)) this.map.removeLayer(id);
    }
    for (const { id } of this.told.layers) if (!wanted.includes(id) && this.map.getSource(id)) this.map.removeSource(id);
    const layers = this.chosen.map(({ id }) => this.layer(id)).reverse();
    layers.filter(({ id }) => !this.map.getSource(id)).forEach((layer) => this.provide(layer));
    const made = layers.flatMap((layer) => [...layer.classes.flatMap((one, at) => drawn(layer, one, at)), ...(layer.names.length ? namesOf(layer) : [])]);
    const parts = made.sort((one, other) => rankOf(one) - rankOf(other));
    const above = this.map.getStyle().layers.find(({ id }) => id.startsWith("days|"))?.id ?? "measure-fill";
    for (const part of parts) {
      if (this.map.getLayer(part.id)) this.map.moveLayer(part.id, above);
      else this.map.addLayer(part, above);
    }
    this.chosen.forEach(({ id, opacity }) => this.fade(id, opacity));
  }

  provide(layer) {
    const ratio = Math.max(2, Math.ceil(devicePixelRatio));
    if (layer.items) {
      this.map.addSource(layer.id, { type: "geojson", data: NOTHING });
      this.feed(layer);
    } else this.map.addSource(layer.id, { type: "vector", tiles: [`patient://${location.host}${layer.tiles}`], maxzoom: layer.deepest });
    layer.classes.forEach((one, at) => {
      const name = `${layer.id}|${at}`, add = (id, size, draw) => { if (!this.map.hasImage(id)) this.map.addImage(id, paint(size, ratio, draw), { pixelRatio: ratio }); };
      if (["point", "any"].includes(layer.sort)) add(`${name}|sign`, SIGN_PX, signOf(one, this.told.symbols[one.symbol]));
      if (one.pattern && ["area", "any"].includes(layer.sort)) add(name, PATTERN_PX, patternOf(one, this.told.patterns[one.pattern]));
    });
  }

  /** Of a layer that shows a part of its collection, which tiles do not know, the features of the window. */
  async feed(layer) {
    if (this.told.days) return this.days?.feed(layer);
    if (this.told.bare.includes(layer.id)) return;
    const [west, south, east, north] = this.map.getBounds().toArray().flat().map((one) => fixed(one, 6));
    const box = [Math.max(west, -180), Math.max(south, -90), Math.min(east, 180), Math.min(north, 90)].join(",");
    const answer = await this.answer(`${layer.items}&bbox=${box}`, `items ${layer.id}`, "application/geo+json");
    if (answer) this.map.getSource(layer.id)?.setData(await answer.json());
  }

  /** What became of a tile. While some are being prepared the map says so; what failed at last may be tried again by a button. What is
   *  not there any more (404) will not be there the next time either, so no button is offered for it. */
  hear(what, address) {
    if (what === "gone") this.gone.add(address);
    this.waits[what === "waits" ? "add" : "delete"](address);
    if (what !== "waits") this.lost[what === "failed" ? "add" : "delete"](address);
    const { preparing, unprepared, gone } = this.words, box = this.querySelector("[data-state]");
    const said = this.waits.size ? preparing : this.lost.size ? unprepared : this.gone.size ? gone : "";
    if (box.dataset.said === said) return;
    box.dataset.said = said;
    box.replaceChildren(...(said ? [Object.assign(document.createElement("span"), { textContent: said })] : []));
    if (said === unprepared) box.append(offer(this.words.again, () => this.again()));
  }

  again() {
    const lost = [...this.lost];
    this.lost.clear();
    this.hear("came", "");
    for (const { id } of this.chosen) {
      const begin = this.layer(id).tiles.split("{")[0];
      const tiles = lost.filter((one) => new URL(one).pathname.startsWith(begin)).map((one) => one.match(/\/(\d+)\/(\d+)\/(\d+)(?:$|\?)/).map(Number));
      if (tiles.length) this.map.refreshTiles(id, tiles.map(([, z, y, x]) => ({ x, y, z })));
    }
  }

  fade(id, opacity) {
    for (const { id: part, metadata } of this.map.getStyle().layers) {
      if (metadata?.layer === id && metadata.opacity) this.map.setPaintProperty(part, metadata.opacity, metadata.share * opacity / 100);
    }
  }

  // The page ----------------------------------------------------------------------------------------------------------

  /** What is seen, as the query of the page. */
  query(more = {}) {
    const { lng, lat } = this.map.getCenter(), faded = this.chosen.some(({ opacity }) => opacity !== 100);
    const asked = {
      layers: this.chosen.map(({ id }) => id).join(","), opacity: faded ? this.chosen.map(({ opacity }) => opacity).join(",") : "",
      at: short([lng, lat]), z: fixed(this.map.getZoom(), 2), date: this.told.days?.date, compare: this.told.days?.compare, ...more,
    };
    return new URLSearchParams(Object.entries(asked).filter(([name, value]) => value || name === "layers")).toString().replaceAll("%2C", ",");
  }

  /** Brings address, notes, list and links in step with the map, when it has come to rest. */
  refresh(say = true) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fetchParts(say), WAIT_MS);
  }

  /** The same without a word of how much is in view: what is on its way would say it over what was just done. */
  refreshQuietly() {
    this.asked?.parts?.abort();
    this.refresh(false);
  }

  async fetchParts(say) {
    history.replaceState(history.state, "", `${location.pathname}?${this.query()}`);
    const bounds = this.map.getBounds().toArray().flat().map((one) => fixed(one, 6)).join(",");
    const page = await this.fetch(`${this.told.here}?${this.query({ window: bounds, part: "1" })}`, "parts");
    if (!page) return;
    const count = page.getElementById("maps-count")?.textContent.trim();
    this.swap(page, PARTS);
    this.days?.draw();
    if (say && count) this.say(count);
  }

  swap(page, names) {
    const focused = document.activeElement?.id;
    for (const name of names) {
      const fresh = page.getElementById(name), old = document.getElementById(name);
      if (!fresh || !old) continue;
      for (const fold of old.querySelectorAll("details[id]")) {
        const again = fresh.querySelector(`[id="${CSS.escape(fold.id)}"]`);
        if (again) again.open = fold.open;
      }
      old.replaceChildren(...fresh.childNodes);
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /** A page of the node as a document; null where there is none. */
  async fetch(address, question) {
    const answer = await this.answer(address, question, "text/html");
    return answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  /** What the node answers; null where it failed, which is said, or where the same was asked again meanwhile. */
  async answer(address, question, accept) {
    this.asked ??= {};
    this.asked[question]?.abort();
    const stop = this.asked[question] = new AbortController();
    try {
      const answer = await this.patience.askPatiently(address, { signal: stop.signal, headers: { accept } }, () => this.say(this.words.preparing));
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer;
    } catch (failed) {
      if (failed.name === "AbortError") return null;
      console.warn("the page was not told", failed);
      this.say(this.words.failed);
      return null;
    }
  }

  listen() {
    this.map.on("moveend", () => {
      this.chosen.map(({ id }) => this.layer(id)).filter(({ items }) => items).forEach((layer) => this.feed(layer));
      this.refresh();
    });
    this.map.on("click", (event) => this.press(event.lngLat.toArray()));
    this.map.getCanvas().addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("change", ({ target }) => {
      if (target.name?.startsWith("on.")) this.toggle(target.value, target.checked);
      else if (target.name?.startsWith("o.")) this.dim(target.name.slice(2), Number(target.value), true);
    });
    this.addEventListener("input", ({ target }) => { if (target.name?.startsWith("o.")) this.dim(target.name.slice(2), Number(target.value), false); });
    this.addEventListener("submit", (event) => {
      if (event.target.id === "maps-form") { event.preventDefault(); this.move(event.submitter?.value || ""); }
      if (event.target.id === "maps-search") { event.preventDefault(); this.search(new FormData(event.target).get("q")); }
    });
    this.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-lon]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.go([Number(link.dataset.lon), Number(link.dataset.lat)], Number(link.dataset.z) || ZOOM_FOUND);
    });
    this.addEventListener("submit", (event) => {
      // the sheet is of what is seen now, not of what was seen when the page came
      if (event.target.id !== "maps-print") return;
      for (const [name, value] of new URLSearchParams(this.query())) if (event.target.elements[name]) event.target.elements[name].value = value;
    });
    this.refresh(false);
  }

  toggle(id, on) {
    this.chosen = this.chosen.filter((one) => one.id !== id);
    if (on && this.chosen.length >= this.told.most) {
      this.querySelector(`[name="on.${CSS.escape(id)}"]`).checked = false;
      this.say(this.words.most);
    } else if (on) {
      // points lie on lines, lines on areas, until somebody says otherwise
      const rank = (one) => ["point", "any", "line", "area"].indexOf(this.layer(one.id).sort);
      const fresh = { id, opacity: 100 }, at = this.chosen.findIndex((one) => rank(one) >= rank(fresh));
      this.chosen.splice(at < 0 ? this.chosen.length : at, 0, fresh);
    }
    this.stack();
    this.refresh();
  }

  dim(id, opacity, rest) {
    const one = this.chosen.find((other) => other.id === id);
    one.opacity = opacity;
    this.fade(id, opacity);
    this.querySelector(`output[for="o.${CSS.escape(id)}"]`).textContent = `${opacity}%`;
    if (rest) this.refresh(false);
  }

  /** `up:id`, `down:id`, `off:id` of the buttons of the list of layers. */
  move(what) {
    const [way, id] = [what.slice(0, what.indexOf(":")), what.slice(what.indexOf(":") + 1)];
    const at = this.chosen.findIndex((one) => one.id === id);
    if (at < 0) return;
    if (way === "off") {
      this.querySelector(`[name="on.${CSS.escape(id)}"]`).checked = false;
      this.toggle(id, false);
      return;
    }
    const to = Math.max(0, Math.min(this.chosen.length - 1, at + (way === "up" ? -1 : 1)));
    this.chosen.splice(to, 0, ...this.chosen.splice(at, 1));
    this.stack();
    this.refresh(false);
  }

  async search(text) {
    const page = await this.fetch(`${this.told.here}?${this.query({ q: text, part: "1" })}`, "search");
    if (!page) return;
    this.swap(page, ["maps-found"]);
    const head = document.querySelector("#maps-found h2");
    head?.focus({ preventScroll: true });
    head?.scrollIntoView({ block: "nearest" });
  }

  // A place -----------------------------------------------------------------------------------------------------------

  mark(place) {
    this.pin ??= new this.Marker({ color: "#0017c1" });
    this.pin.getElement().setAttribute("aria-hidden", "true");
    this.pin.setLngLat(place).addTo(this.map);
  }

  go(place, zoom) {
    this.map.jumpTo({ center: place, zoom: Math.max(zoom, 0) });
    this.show(place);
  }

  press(place) {
    if (this.measure) this.addPlace(place);
    else this.show(place);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target === this.map.getCanvas()) this.press(this.map.getCenter().toArray());
    else if (this.measure && event.key === "Backspace") this.undo();
    else if (this.measure && event.key === "Escape") this.endMeasure();
    else return;
    event.preventDefault();
  }

  /** All about a place, as its page says it. */
  async show(place) {
    const box = document.getElementById("maps-place"), address = `${this.told.about}?at=${short(place)}`;
    this.mark(place);
    box.setAttribute("aria-busy", "true");
    const page = await this.fetch(address, "place");
    box.removeAttribute("aria-busy");
    if (!page) return;
    const told = page.querySelector("[data-fragment]") || page.querySelector("main");
    for (const head of told.querySelectorAll("h1")) {
      const lower = Object.assign(document.createElement("h2"), { tabIndex: -1 });
      lower.append(...head.childNodes);
      head.replaceWith(lower);
    }
    told.querySelectorAll(".crumbs, .filters, .no-print, kaiteki-map, script").forEach((one) => one.remove());
    const whole = Object.assign(document.createElement("p"), { className: "row" });
    whole.append(Object.assign(document.createElement("a"), { href: address, textContent: this.words.whole }), offer(this.words.close, () => this.hide()));
    box.replaceChildren(...told.childNodes);
    const head = box.querySelector("h2");
    head?.after(whole);
    box.hidden = false;
    head?.focus({ preventScroll: true });
    box.scrollIntoView({ block: "start" });
  }

  hide() {
    const box = document.getElementById("maps-place");
    box.replaceChildren();
    box.hidden = true;
    this.pin?.remove();
    this.map.getCanvas().focus();
  }

  // Tools -------------------------------------------------------------------------------------------------------------

  tools() {
    const bar = this.querySelector("[data-tools]");
    bar.append(offer(this.words.length, () => this.begin("length"), "line"), offer(this.words.area, () => this.begin("area"), "area"));
    if (navigator.geolocation) bar.append(offer(this.words.mine, () => this.findMe(), "here"));
    bar.append(offer(this.words.share, () => this.share(), "share"));
  }

  findMe() {
    this.say(this.words.finding);
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const place = [coords.longitude, coords.latitude];
      this.map.jumpTo({ center: place, zoom: Math.max(this.map.getZoom(), ZOOM_FOUND - 1) });
      this.mark(place);
      this.refreshQuietly();
      this.say(this.words.found.replace("{n}", Math.ceil(coords.accuracy)));
    }, () => this.say(this.words.lost), { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  }

  async share() {
    this.refreshQuietly();
    history.replaceState(history.state, "", `${location.pathname}?${this.query()}`);
    try {
      if (navigator.share && matchMedia("(pointer: coarse)").matches) await navigator.share({ title: document.title, url: location.href });
      else await navigator.clipboard.writeText(location.href);
      this.confirm(this.words.copied);
    } catch (refused) {
      if (refused.name === "AbortError") return;
      console.info("no clipboard", refused.message);
      this.confirm(`${this.words.by_hand} ${location.href}`);
    }
  }

  /** Says what was done where it can be seen, whatever tool is open. */
  confirm(text) {
    this.say(text);
    this.status.scrollIntoView({ block: "nearest" });
  }

  // Measuring ---------------------------------------------------------------------------------------------------------

  measured() {
    this.map.addSource("measure", { type: "geojson", data: NOTHING });
    const shown = { source: "measure" }, key = "#0017c1";
    this.map.addLayer({ id: "measure-fill", type: "fill", ...shown, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": key, "fill-opacity": 0.15 } });
    this.map.addLayer({ id: "measure-case", type: "line", ...shown, paint: { "line-color": "#fff", "line-width": 6 } });
    this.map.addLayer({ id: "measure-line", type: "line", ...shown, paint: { "line-color": key, "line-width": 3, "line-dasharray": [2, 1] } });
    const dot = { "circle-radius": 6, "circle-color": "#fff", "circle-stroke-color": key, "circle-stroke-width": 3 };
    this.map.addLayer({ id: "measure-dot", type: "circle", ...shown, filter: ["==", ["geometry-type"], "Point"], paint: dot });
  }

  async begin(what) {
    this.geodesy ??= await import(this.dataset.geodesy);
    this.measure = { what, places: [] };
    this.bench?.remove();
    this.bench = document.createElement("div");
    this.bench.className = "maps-measure";
    const told = Object.assign(document.createElement("p"), { className: "strong num", id: "maps-measured" });
    told.setAttribute("role", "status");
    const row = Object.assign(document.createElement("div"), { className: "row" });
    row.append(offer(this.words.put, () => this.addPlace(this.map.getCenter().toArray())), offer(this.words.undo, () => this.undo()), offer(this.words.end, () => this.endMeasure()));
    this.bench.append(told, row);
    this.querySelector("[data-tools]").after(this.bench);
    this.dataset.measuring = what;
    this.tell();
    this.map.getCanvas().focus({ preventScroll: true });
  }

  addPlace(place) {
    if (this.measure.places.length >= PLACES_MAX) return;
    this.measure.places.push(place);
    this.tell();
  }

  undo() {
    this.measure.places.pop();
    this.tell();
  }

  endMeasure() {
    this.measure = null;
    this.bench.remove();
    delete this.dataset.measuring;
    this.map.getSource("measure").setData(NOTHING);
    this.map.getCanvas().focus({ preventScroll: true });
  }

  tell() {
    const { what, places } = this.measure, closed = what === "area" && places.length > 2;
    const line = closed ? [...places, places[0]] : places, whole = [];
    if (closed) whole.push({ type: "Polygon", coordinates: [line] });
    else if (line.length > 1) whole.push({ type: "LineString", coordinates: line });
    whole.push(...places.map((coordinates) => ({ type: "Point", coordinates })));
    this.map.getSource("measure").setData({ type: "FeatureCollection", features: whole.map((geometry) => ({ type: "Feature", geometry, properties: {} })) });
    const said = { m: this.metres(this.geodesy.lengthOf(line)), n: places.length };
    if (closed) said.a = this.squares(this.geodesy.areaOf(places));
    const words = !places.length ? this.words.measure_first : closed ? this.words.measured_area : this.words.measured_length;
    document.getElementById("maps-measured").textContent = words.replace(/\{(\w)\}/g, (_, name) => said[name]);
  }

  number(value, digits) { return new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value); }

  metres(value) { return value < 1000 ? `${this.number(value, 1)} m` : `${this.number(value / 1000, 3)} km`; }

  squares(value) { return value < 10000 ? `${this.number(value, 1)} m²` : `${this.number(value / 10000, 3)} ha`; }
});
