// The moving map: MapLibre over the town's own outline. The list beside it has every place; without this file the drawn map stays.

const GROUND = "#f2f1ec";
const COLOURS = { good: "#197a4b", warn: "#927200", bad: "#ce0000", key: "#0017c1", plain: "#4d4d4d" };

/** A style without tiles: ground, outline. An operator's style address replaces it. */
function ownStyle(outline) {
  const sources = {}, layers = [{ id: "ground", type: "background", paint: { "background-color": GROUND } }];
  if (outline) {
    sources.outline = { type: "geojson", data: outline };
    layers.push({ id: "area", type: "fill", source: "outline", paint: { "fill-color": "#fbfaf6" } },
      { id: "edge", type: "line", source: "outline", paint: { "line-color": "#8c8775", "line-width": 1.25 } });
  }
  return { version: 8, sources, layers };
}

/** Shows the items of its list on a map that moves, when somebody asks for it. */
customElements.define("kaiteki-map", class extends HTMLElement {
  connectedCallback() {
    this.items = [...this.querySelectorAll("[data-lon]")];
    if (!this.items.length || !window.WebGL2RenderingContext) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn second map-move";
    button.textContent = this.dataset.show;
    button.addEventListener("click", () => { button.remove(); this.start(); });
    this.prepend(button);
  }

  async start() {
    const figure = this.querySelector("figure.map");
    const drawn = figure.querySelector("svg");
    const place = document.createElement("div");
    place.className = "map-live";
    figure.append(place);
    try {
      const { Map, Marker, NavigationControl, ScaleControl, LngLatBounds } = await import(this.dataset.library);
      const bounds = new LngLatBounds();
      this.items.forEach((item) => bounds.extend([Number(item.dataset.lon), Number(item.dataset.lat)]));
      const map = new Map({
        container: place, bounds, fitBoundsOptions: { padding: 32, maxZoom: 16 }, attributionControl: false,
        style: this.dataset.tiles || ownStyle(this.dataset.outline), cooperativeGestures: true,
      });
      map.addControl(new NavigationControl({ showCompass: false }));
      map.addControl(new ScaleControl());
      this.items.forEach((item) => this.pin(item, Marker, map));
      drawn.remove();
    } catch (error) {
      place.remove();
      console.warn("the moving map is not available", error);
    }
  }

  /** Each pin is a button that leads to its row of the list. */
  pin(item, Marker, map) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "map-pin";
    button.style.backgroundColor = COLOURS[item.dataset.state] || COLOURS.plain;
    button.setAttribute("aria-label", item.querySelector(".near-name").textContent.trim());
    button.addEventListener("click", () => {
      this.querySelectorAll("[data-current]").forEach((one) => one.removeAttribute("data-current"));
      item.setAttribute("data-current", "");
      item.scrollIntoView({ block: "nearest" });
      (item.querySelector("a") || item).focus();
    });
    new Marker({ element: button }).setLngLat([Number(item.dataset.lon), Number(item.dataset.lat)]).addTo(map);
  }
});
