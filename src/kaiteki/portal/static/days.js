// The map of a day, and two days compared, on the moving map: what stood comes with the parts of the page (template data-days), so that list, table
// and map say the same. A slider of three stops shows the first day, what differs, and the second day; arrow keys move it.

const EMPTY = { type: "FeatureCollection", features: [] };

/** A difference as a picture: the shape of its kind with its mark; what was is white with a coloured edge. */
function markOf(kind, was, size) {
  return (pen) => {
    const shape = new Path2D(kind.shape);
    pen.scale(size / 24, size / 24);
    Object.assign(pen, { lineWidth: 2.2, lineJoin: "round", fillStyle: was ? "#fff" : kind.colour, strokeStyle: was ? kind.colour : "#fff" });
    pen.translate(1.2, 1.2);
    pen.scale(0.9, 0.9);
    pen.fill(shape);
    pen.stroke(shape);
    Object.assign(pen, { fillStyle: was ? kind.edge : "#fff", font: "700 14px sans-serif", textAlign: "center", textBaseline: "middle" });
    pen.fillText(kind.mark, 12, 12.5);
  };
}

function patternOf(kind) {
  return (pen) => {
    Object.assign(pen, { fillStyle: kind.colour, globalAlpha: 0.25 });
    pen.fillRect(0, 0, 12, 12);
    Object.assign(pen, { strokeStyle: kind.edge, globalAlpha: 1, lineWidth: 1.5 });
    pen.stroke(new Path2D(kind.pattern));
  };
}

export class Days {
  constructor(island, { paint, signPx, patternPx }) {
    Object.assign(this, { island, map: island.map, told: island.told.days, paint, signPx, patternPx });
    this.stop = this.told.compare ? 1 : 0;
    this.draw();
  }

  /** What the page told last; nothing where it told none. */
  layers() {
    const told = document.querySelector("#maps-days template[data-days]")?.content.textContent;
    return told ? JSON.parse(told) : {};
  }

  /** The features of a layer at the stop of the slider. */
  feed(layer) {
    const days = this.told.layers?.[layer.id]?.days ?? [];
    this.map.getSource(layer.id)?.setData((this.stop === 0 ? days[0] : days[days.length - 1]) ?? EMPTY);
  }

  /** Takes over what the page tells now. */
  draw() {
    this.told.layers = this.layers();
    for (const { id } of this.island.chosen) this.feed(this.island.layer(id));
    if (!this.told.compare) return;
    this.differ();
    this.slide();
  }

  differ() {
    const shown = this.island.chosen.flatMap(({ id }) => this.told.layers[id]?.differences.features ?? []);
    if (!this.map.getSource("days")) this.provide();
    this.map.getSource("days").setData(this.stop === 1 ? { ...EMPTY, features: shown } : EMPTY);
    this.island.dataset.differences = String(this.stop === 1 ? shown.length : 0);
  }

  provide() {
    const ratio = Math.max(2, Math.ceil(devicePixelRatio)), shape = (one) => ["==", ["geometry-type"], one];
    this.map.addSource("days", { type: "geojson", data: EMPTY });
    const layers = [];
    for (const kind of this.told.kinds) {
      const image = (name, size, draw) => this.map.addImage(name, this.paint(size, ratio, draw), { pixelRatio: ratio });
      image(`days|${kind.kind}`, this.patternPx, patternOf(kind));
      for (const was of [true, false]) image(`days|${kind.kind}|${was ? "before" : "after"}`, this.signPx, markOf(kind, was, this.signPx));
      const of = (part, type, geometry, rest) => layers.push({
        id: `days|${kind.kind}|${part}`, type, source: "days", filter: ["all", ["==", ["get", "kind"], kind.kind], geometry], ...rest,
      });
      const dash = kind.dash.length ? { "line-dasharray": kind.dash } : {};
      // where an area was that has another shape now, its edge says enough
      of("fill", "fill", ["all", shape("Polygon"), ["any", ["!=", ["get", "kind"], "moved"], ["==", ["get", "when"], "after"]]], { paint: { "fill-pattern": `days|${kind.kind}` } });
      of("case", "line", ["!", shape("Point")], { paint: { "line-color": "#fff", "line-width": 7 } });
      of("line", "line", ["!", shape("Point")], { paint: { "line-color": kind.colour, "line-width": 4, ...dash } });
      of("sign", "symbol", shape("Point"), {
        layout: { "icon-image": ["concat", `days|${kind.kind}|`, ["get", "when"]], "icon-allow-overlap": true, "icon-ignore-placement": true },
      });
    }
    // areas lie below, lines above them, points on top
    for (const type of ["fill", "line", "symbol"]) layers.filter((one) => one.type === type).forEach((one) => this.map.addLayer(one, "measure-fill"));
  }

  /** The slider, made once. */
  slide() {
    if (this.slider) return;
    const { words } = this.told, box = document.createElement("div");
    box.className = "maps-slide";
    const label = Object.assign(document.createElement("label"), { htmlFor: "maps-stop", textContent: words.slide });
    this.slider = Object.assign(document.createElement("input"), { type: "range", id: "maps-stop", min: 0, max: 2, step: 1, value: this.stop });
    this.output = document.createElement("output");
    this.output.setAttribute("for", "maps-stop");
    box.append(label, this.slider, this.output);
    this.island.querySelector("[data-tools]").after(box);
    this.slider.addEventListener("input", () => { this.stop = Number(this.slider.value); this.tell(); this.draw(); });
    this.tell();
  }

  tell() {
    const said = this.told.words.stops[this.stop];
    this.output.textContent = said;
    this.slider.setAttribute("aria-valuetext", said);
  }
}
