import { inPolygon, thinned } from "./geometry.js";

const RING_VERTICES = 400;
const [ROWS, COLUMNS] = [10, 12];

const thin = new WeakMap();

/** The rings of a polygon with few vertices: enough to say where a name lies inside. */
const thinRings = (rings) => {
  if (!thin.has(rings))
    thin.set(
      rings,
      rings.map((ring) => thinned(ring, RING_VERTICES)),
    );
  return thin.get(rings);
};

/**
 * Places of a grid over the window where something `w` pixels wide lies inside one of the polygons:
 * [x, y, far], `far` from the area's own point (or the middle of the window) in diagonals of the window.
 */
export const placesInside = (polygons, view, w, own) => {
  const [west, north, east, south] = view.frame;
  const seen = polygons.filter(([outer]) => view.sees(outer)).map(thinRings);
  const inside = (x, y) => seen.some((rings) => inPolygon(rings, ...view.world(x, y)));
  const from = own || [(west + east) / 2, (north + south) / 2];
  const home = Math.hypot(east - west, south - north);
  const found = [];
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) {
      const x = west + (east - west) * (0.06 + 0.08 * column);
      const y = north + (south - north) * (0.05 + 0.1 * row);
      if (![-0.5, 0, 0.5].every((share) => inside(x + share * w, y))) continue;
      found.push([x, y, Math.hypot(x - from[0], y - from[1]) / home]);
    }
  }
  return found;
};
