// Reads tiles (a JSON list of base64 texts from standard input) as maps do, and tells what stands in each, as JSON.
import { classifyRings, VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);

function told(feature) {
  const geometry = feature.loadGeometry().map((part) => part.map((point) => [point.x, point.y]));
  const rings = feature.type === 3 ? classifyRings(feature.loadGeometry()).map((one) => one.length) : [];
  return { type: feature.type, properties: feature.properties, geometry, rings };
}

function read(text) {
  const layers = {};
  for (const [name, layer] of Object.entries(new VectorTile(new PbfReader(Buffer.from(text, "base64"))).layers)) {
    const features = Array.from({ length: layer.length }, (_, n) => told(layer.feature(n)));
    layers[name] = { version: layer.version, extent: layer.extent, features };
  }
  return layers;
}

process.stdout.write(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()).map(read)));
