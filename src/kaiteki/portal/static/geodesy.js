// Lengths and areas on the ellipsoid GRS80, which is that of JGD2011 (WGS84 differs by a tenth of a millimetre). Places are [longitude, latitude] in degrees.

const A = 6378137, F = 1 / 298.257222101, B = A * (1 - F);
const E2 = F * (2 - F), E = Math.sqrt(E2), ROUNDS_MAX = 100, NEAR = 1e-12;
const radians = (degrees) => degrees * Math.PI / 180;

/** Metres along the geodesic between two places (Vincenty 1975, inverse formula); NaN for places that lie nearly opposite on the earth. */
export function distance([lon1, lat1], [lon2, lat2]) {
  const over = radians(lon2 - lon1);
  const [low, high] = [lat1, lat2].map((lat) => Math.atan((1 - F) * Math.tan(radians(lat))));
  const [sin1, cos1, sin2, cos2] = [Math.sin(low), Math.cos(low), Math.sin(high), Math.cos(high)];
  let lambda = over;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const sinL = Math.sin(lambda), cosL = Math.cos(lambda);
    const sinS = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    if (sinS === 0) return 0;
    const cosS = sin1 * sin2 + cos1 * cos2 * cosL, sigma = Math.atan2(sinS, cosS);
    const sinA = cos1 * cos2 * sinL / sinS, cos2A = 1 - sinA * sinA;
    const cosM = cos2A === 0 ? 0 : cosS - 2 * sin1 * sin2 / cos2A;
    const c = F / 16 * cos2A * (4 + F * (4 - 3 * cos2A)), before = lambda;
    lambda = over + (1 - c) * F * sinA * (sigma + c * sinS * (cosM + c * cosS * (2 * cosM * cosM - 1)));
    if (Math.abs(lambda - before) > NEAR) continue;
    const u = cos2A * (A * A - B * B) / (B * B);
    const big = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768));
    const small = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128));
    const turn = small * sinS * (cosM + small / 4 * (cosS * (2 * cosM * cosM - 1) - small / 6 * cosM * (4 * sinS * sinS - 3) * (4 * cosM * cosM - 3)));
    return B * big * (sigma - turn);
  }
  return NaN;
}

/** Metres along a line of places. */
export function lengthOf(places) {
  return places.slice(1).reduce((sum, place, at) => sum + distance(places[at], place), 0);
}

/** The part of the ellipsoid between the equator and a latitude, as sine of the latitude of the sphere of the same surface. */
const q = (sin) => (1 - E2) * (sin / (1 - E2 * sin * sin) + Math.atanh(E * sin) / E);
const WHOLE = q(1), RADIUS2 = A * A * WHOLE / 2;

/** Square metres inside a ring of places (its end need not be its beginning): great circles on the sphere of the same surface. */
export function areaOf(ring) {
  const half = ring.map(([, lat]) => Math.tan(Math.asin(q(Math.sin(radians(lat))) / WHOLE) / 2));
  const excess = ring.reduce((sum, [lon], at) => {
    const next = (at + 1) % ring.length, over = Math.tan(radians(ring[next][0] - lon) / 2);
    return sum + 2 * Math.atan2(over * (half[at] + half[next]), 1 + half[at] * half[next]);
  }, 0);
  return Math.abs(excess) * RADIUS2;
}
