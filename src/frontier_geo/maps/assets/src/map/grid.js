const SIDE = 512;

/**
 * An index of the placed incidents for finding those near a position: a grid over their extent,
 * built by counting. `near(x, y, reach, test)` calls `test(e, distance²)`, in world coordinates.
 */
export const buildGrid = (places) => {
  const { x, y, placed, n } = places;
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let e = 0; e < n; e += 1) {
    if (!placed[e]) continue;
    if (x[e] < west) west = x[e];
    if (x[e] > east) east = x[e];
    if (y[e] < north) north = y[e];
    if (y[e] > south) south = y[e];
  }
  const kx = SIDE / (east - west || 1);
  const ky = SIDE / (south - north || 1);
  const bound = (value) => Math.min(SIDE - 1, Math.max(0, Math.floor(value)));
  const start = new Uint32Array(SIDE * SIDE + 1);
  const cellOf = (e) => bound((y[e] - north) * ky) * SIDE + bound((x[e] - west) * kx);
  for (let e = 0; e < n; e += 1) if (placed[e]) start[cellOf(e) + 1] += 1;
  for (let c = 0; c < SIDE * SIDE; c += 1) start[c + 1] += start[c];
  const items = new Uint32Array(start[SIDE * SIDE]);
  const next = start.slice(0, SIDE * SIDE);
  for (let e = 0; e < n; e += 1) {
    if (!placed[e]) continue;
    const cell = cellOf(e);
    items[next[cell]] = e;
    next[cell] += 1;
  }

  const near = (worldX, worldY, reach, test) => {
    const px = worldX - places.x0;
    const py = worldY - places.y0;
    if (!(px + reach >= west && px - reach <= east && py + reach >= north && py - reach <= south)) return;
    const [first, last] = [bound((px - reach - west) * kx), bound((px + reach - west) * kx)];
    const [low, high] = [bound((py - reach - north) * ky), bound((py + reach - north) * ky)];
    for (let row = low; row <= high; row += 1) {
      const end = start[row * SIDE + last + 1];
      for (let i = start[row * SIDE + first]; i < end; i += 1) {
        const e = items[i];
        const far = (x[e] - px) ** 2 + (y[e] - py) ** 2;
        if (far <= reach * reach) test(e, far);
      }
    }
  };
  return { near };
};
