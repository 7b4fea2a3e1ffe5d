// Reads tiles out of an archive as maps do. From standard input, as JSON: the path of the archive, and a list of [level, column, row].
import { open } from "node:fs/promises";
import { PMTiles, zxyToTileId } from "pmtiles";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const asked = JSON.parse(Buffer.concat(chunks).toString());
const file = await open(asked.path);
const source = {
  getKey: () => asked.path,
  async getBytes(offset, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) };
  },
};
const archive = new PMTiles(source);
const tiles = [];
for (const [z, x, y] of asked.tiles) {
  const found = await archive.getZxy(z, x, y);
  tiles.push(found ? Buffer.from(found.data).toString("base64") : "");
}
const told = {
  header: await archive.getHeader(),
  metadata: await archive.getMetadata(),
  numbers: asked.tiles.map(([z, x, y]) => zxyToTileId(z, x, y)),
  tiles,
};
process.stdout.write(JSON.stringify(told));
