// Maps that move: MapLibre over the operator's base map, else over the town's own outline and names. Each is an offer beside what the page has
// already: the drawn map, the list, the fields. Without WebGL nothing is offered and nothing is missing.

export const told = JSON.parse(document.body.dataset.map);
const COLOURS = { ground: "#f2f1ec", area: "#fbfaf6", edge: "#8c8775" };
const NAME_STEPS = [0, -1, 1, -2, 2], NAME_STEP_PX = 30, NAME_GAP_PX = 6;
const ONE_ZOOM = 15, PICK_ZOOM = 13, STEP_PX = 8, STRIDE_PX = 48;

export function canDraw() {
  try { return Boolean(document.createElement("canvas").getContext("webgl2")); } catch { return false; }
}

function makeButton(text, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn second";
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

/** The style sheet of the library, once, before the first map. */
function addSheet() {
  if (document.querySelector("link[data-map-sheet]")) return null;
  return new Promise((done) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: told.sheet, onload: done, onerror: done });
    sheet.dataset.mapSheet = "";
    document.head.append(sheet);
  });
}

async function readOutline() {
  try {
    return await (await fetch(told.outline)).json();
  } catch (gone) {
    console.warn("no outline of the area", gone);
    return { type: "FeatureCollection", features: [] };
  }
}

/** Who made the tiles, as a link where the operator gave one. */
function credit({ credit: text, credit_url: address }) {
  const said = document.createElement(address ? "a" : "span");
  said.textContent = text;
  if (address) said.href = address;
  return said.outerHTML;
}

/** How the shapes of the operator's own file are drawn, as the node says; nothing where it has pictures. */
async function readRules() {
  if (!told.tiles?.style) return [];
  try {
    const font = getComputedStyle(document.body).fontFamily, rules = await (await fetch(told.tiles.style)).json();
    for (const { type, layout } of rules) if (type === "symbol") layout["text-font"] = [font];
    return rules;
  } catch (gone) {
    console.warn("no base map", gone);
    return [];
  }
}

function styleOf(outline, rules) {
  const sources = { outline: { type: "geojson", data: outline } };
  const layers = [{ id: "ground", type: "background", paint: { "background-color": COLOURS.ground } }];
  const polygons = { source: "outline", filter: ["==", ["geometry-type"], "Polygon"] };
  if (told.tiles) {
    const { url, style, zoom_max: maxzoom, zoom_min: minzoom } = told.tiles;
    const source = { tiles: [url.startsWith("/") ? location.origin + url : url], minzoom, maxzoom, attribution: credit(told.tiles) };
    if (style) sources.base = { type: "vector", ...source };
    else sources.tiles = { type: "raster", tileSize: 256, ...source };
  }
  if (sources.tiles) layers.push({ id: "tiles", type: "raster", source: "tiles" });
  else layers.push({ id: "area", type: "fill", ...polygons, paint: { "fill-color": COLOURS.area } });
  layers.push(...rules);
  layers.push({ id: "edge", type: "line", ...polygons, paint: { "line-color": COLOURS.edge, "line-width": 1.25 } });
  return { version: 8, sources, layers };
}

/** The names of the wards, where no tiles name anything. */
function addNames(outline, Marker, map) {
  return outline.features.filter((one) => one.geometry.type === "Point").map(({ geometry, properties }) => {
    const name = document.createElement("span");
    name.className = "map-name";
    name.setAttribute("aria-hidden", "true");
    name.textContent = properties[told.name] || properties.name;
    return new Marker({ element: name }).setLngLat(geometry.coordinates).addTo(map);
  });
}

/** Keeps names off lines and points that layers draw (style layers with `metadata.layer`): a name moves around its middle, or goes. */
function clearNames(map, names) {
  const thin = (one) => one.metadata?.layer && one.type !== "fill" && !one.id.endsWith("|edge");
  const around = (half) => NAME_STEPS.flatMap((down) => [0, -1, 1].map((side) => [side * (half + NAME_STEP_PX), down * NAME_STEP_PX]));
  const place = () => {
    const wide = map.getContainer().clientWidth, layers = map.getStyle().layers.filter(thin).map(({ id }) => id);
    for (const name of names) {
      const { x, y } = map.project(name.getLngLat()), element = name.getElement();
      const half = element.offsetWidth / 2, tall = element.offsetHeight / 2;
      const free = ([right, down]) => {
        if (x + right < half || x + right > wide - half) return false;
        const box = [[x + right - half - NAME_GAP_PX, y + down - tall - NAME_GAP_PX], [x + right + half + NAME_GAP_PX, y + down + tall + NAME_GAP_PX]];
        return !layers.length || !map.queryRenderedFeatures(box, { layers }).length;
      };
      const to = around(half).find(free);
      element.classList.toggle("is-hidden", !to);
      if (to) name.setOffset(to);
    }
  };
  map.on("idle", place);
}

export async function openMap(container, options) {
  const [library, outline, rules] = await Promise.all([import(told.library), readOutline(), readRules(), addSheet()]);
  const { Map, Marker, NavigationControl, ScaleControl, AttributionControl } = library;
  const map = new Map({
    container, style: styleOf(outline, rules), attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
    cooperativeGestures: true, locale: told.words, ...options,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl());
  if (told.tiles) map.addControl(new AttributionControl({ compact: false }));
  if (!told.tiles?.named) clearNames(map, addNames(outline, Marker, map));
  return { map, Marker, library };
}

/** Shows the things of its list, or its one place, on a map that moves, when somebody asks for it. */
customElements.define("kaiteki-map", class extends HTMLElement {
  connectedCallback() {
    this.items = [...this.querySelectorAll("[data-lon]")];
    if (!this.items.length || !canDraw() || this.button) return;
    this.button = makeButton(told.words.move, () => this.start());
    this.button.classList.add("map-move", "small");
    this.prepend(this.button);
  }

  disconnectedCallback() { this.map?.remove(); }

  async start() {
    const figure = this.querySelector("figure.map"), drawn = figure.querySelector("svg");
    const place = document.createElement("div");
    place.className = "map-live";
    figure.append(place);
    this.button.setAttribute("aria-busy", "true");
    try {
      const points = this.items.map((item) => [Number(item.dataset.lon), Number(item.dataset.lat)]);
      const [lons, lats] = [0, 1].map((axis) => points.map((point) => point[axis]));
      const bounds = [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
      const { map, Marker } = await openMap(place, { bounds, fitBoundsOptions: { padding: 40, maxZoom: ONE_ZOOM } });
      this.map = map;
      this.items.forEach((item, at) => new Marker({ element: this.pin(item) }).setLngLat(points[at]).addTo(map));
      drawn.remove();
      this.button.remove();
      map.getCanvas().focus();
    } catch (failed) {
      console.warn("the moving map is not available", failed);
      place.remove();
      this.button.replaceWith(Object.assign(document.createElement("p"), { className: "muted", textContent: told.words.none }));
    }
  }

  /** A pin opens its thing; while it has the focus or the mouse, its row of the list is marked. */
  pin(item) {
    const link = item.querySelector("a[href]");
    const pin = document.createElement(link ? "a" : "span");
    pin.className = `map-pin ${item.dataset.state || "plain"}`;
    const name = item.dataset.name || item.querySelector(".near-name").textContent.trim();
    if (link) pin.href = link.href;
    else pin.setAttribute("role", "img");
    pin.setAttribute("aria-label", name);
    pin.title = name;
    const mark = (on) => item.toggleAttribute("data-current", on);
    for (const [event, on] of [["focus", true], ["mouseenter", true], ["blur", false], ["mouseleave", false]]) {
      pin.addEventListener(event, () => mark(on));
    }
    return pin;
  }
});

/** Gives a place field a map: press it, drag the pin, or move the pin with the arrow keys (with Shift in strides). */
async function pick(place, button) {
  const box = document.createElement("div"), hint = document.createElement("p");
  box.className = "place-map";
  hint.className = "muted";
  hint.textContent = told.words.how;
  place.tools.append(hint, box);
  button.setAttribute("aria-busy", "true");
  try {
    const given = place.given(), center = given || place.dataset.centre.split(",").map(Number);
    const { map, Marker } = await openMap(box, { center, zoom: given ? ONE_ZOOM : PICK_ZOOM, cooperativeGestures: false, keyboard: false });
    const pin = document.createElement("button");
    pin.type = "button";
    pin.className = "map-pin pick";
    pin.setAttribute("aria-label", told.words.pin);
    const marker = new Marker({ element: pin, draggable: true }).setLngLat(center).addTo(map);
    const take = () => { const at = marker.getLngLat(); place.put(at.lng, at.lat, told.words.placed); };
    marker.on("dragend", take);
    map.on("click", (event) => { marker.setLngLat(event.lngLat); take(); });
    pin.addEventListener("click", (event) => { event.stopPropagation(); take(); });
    pin.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const at = map.project(marker.getLngLat()), length = event.shiftKey ? STRIDE_PX : STEP_PX;
      marker.setLngLat(map.unproject([at.x + way[0] * length, at.y + way[1] * length]));
      map.easeTo({ center: marker.getLngLat(), duration: 0 });
      take();
    });
    place.addEventListener("placed", (event) => {
      marker.setLngLat(event.detail);
      map.easeTo({ center: event.detail });
    });
    button.remove();
    pin.focus();
  } catch (failed) {
    console.warn("no map to pick a place on", failed);
    box.remove();
    button.remove();
    hint.textContent = told.words.none;
  }
}

customElements.whenDefined("kaiteki-place").then(() => {
  if (!canDraw()) return;
  document.querySelectorAll("kaiteki-place[data-centre]").forEach((place) => {
    const button = makeButton(told.words.pick, () => pick(place, button));
    place.tools.insertBefore(button, place.status);
  });
});
