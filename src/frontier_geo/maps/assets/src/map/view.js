import { latOf, lonOf, metresPerPixel } from "./geometry.js";

/**
 * What a picture shows: a window of `width` × `height` CSS pixels whose top left corner is at
 * (`left`, `top`) in pixels of the world at `zoom`. `ratio` is device pixels per CSS pixel. `pad` is
 * how much on each side lies beyond what the reader sees: `frame` is the box that is seen.
 */
export const makeView = ({ zoom, left, top, width, height, ratio = 1, pad = [0, 0], controls = [] }) => {
  const scale = 2 ** zoom;
  const middle = (top + height / 2) / scale;
  const x = (worldX) => worldX * scale - left;
  const y = (worldY) => worldY * scale - top;
  return {
    zoom,
    scale,
    left,
    top,
    width,
    height,
    ratio,
    controls,
    x,
    y,
    frame: [pad[0], pad[1], width - pad[0], height - pad[1]],
    metres: metresPerPixel(middle, scale),
    world: (px, py) => [(px + left) / scale, (py + top) / scale],
    lonLat: (px, py) => [lonOf((px + left) / scale), latOf((py + top) / scale)],
    sees: (line, margin = 0) =>
      x(line.east) >= -margin &&
      x(line.west) <= width + margin &&
      y(line.south) >= -margin &&
      y(line.north) <= height + margin,
    holds: (px, py, margin = 0) =>
      px >= -margin && py >= -margin && px <= width + margin && py <= height + margin,
  };
};

/** Zoom from which incidents lie above the ribbon, in full size. */
export const NEAR_ZOOM = 8;
/** Zoom from which incidents at one place share a symbol with their number. */
export const COUNT_ZOOM = 8.5;

/**
 * Add a line to the current path, in screen coordinates: vertices nearer than `step` pixels to the
 * one before are left out, and so are pieces beyond one edge of the window by more than `margin`.
 */
export const traceLine = (ctx, line, view, { step = 0.7, margin = 60 } = {}) => {
  if (line.length < 2 || !view.sees(line, margin)) return;
  const { x, y, length } = line;
  const { scale, left, top } = view;
  const [east, south] = [view.width + margin, view.height + margin];
  const side = (px, py) =>
    (px < -margin ? 1 : 0) | (px > east ? 2 : 0) | (py < -margin ? 4 : 0) | (py > south ? 8 : 0);
  let lastX = x[0] * scale - left;
  let lastY = y[0] * scale - top;
  let lastSide = side(lastX, lastY);
  let down = false;
  for (let i = 1; i < length; i += 1) {
    const px = x[i] * scale - left;
    const py = y[i] * scale - top;
    const here = side(px, py);
    if (here & lastSide) {
      down = false;
    } else {
      const near = down && Math.abs(px - lastX) < step && Math.abs(py - lastY) < step;
      if (near && i < length - 1) continue;
      if (!down) ctx.moveTo(lastX, lastY);
      ctx.lineTo(px, py);
      down = true;
    }
    [lastX, lastY, lastSide] = [px, py, here];
  }
};

/** Add a ring to the current path, closed; for filling. */
export const traceRing = (ctx, ring, view, step = 0.7) => {
  if (ring.length < 3 || !view.sees(ring)) return;
  let [lastX, lastY] = [NaN, NaN];
  for (let i = 0; i < ring.length; i += 1) {
    const px = ring.x[i] * view.scale - view.left;
    const py = ring.y[i] * view.scale - view.top;
    if (Math.abs(px - lastX) < step && Math.abs(py - lastY) < step) continue;
    if (i) ctx.lineTo(px, py);
    else ctx.moveTo(px, py);
    [lastX, lastY] = [px, py];
  }
  ctx.closePath();
};

/** A line in screen coordinates as a flat array [x, y, …]; its ends are kept. */
export const screenLine = (line, view, step = 1) => {
  const out = [];
  const { x, y, length } = line;
  let [lastX, lastY] = [NaN, NaN];
  for (let i = 0; i < length; i += 1) {
    const px = view.x(x[i]);
    const py = view.y(y[i]);
    if (i > 0 && i < length - 1 && Math.hypot(px - lastX, py - lastY) < step) continue;
    out.push(px, py);
    [lastX, lastY] = [px, py];
  }
  return out;
};

/** Square of the distance of vertex k of a flat line from the piece between the vertices a and b. */
const bulge = (flat, k, a, b) => {
  const [ax, ay] = [flat[2 * a], flat[2 * a + 1]];
  const [dx, dy] = [flat[2 * b] - ax, flat[2 * b + 1] - ay];
  const [px, py] = [flat[2 * k] - ax, flat[2 * k + 1] - ay];
  const size = dx * dx + dy * dy;
  const share = size ? Math.min(1, Math.max(0, (px * dx + py * dy) / size)) : 0;
  return (px - share * dx) ** 2 + (py - share * dy) ** 2;
};

/**
 * A flat line without the vertices that lie within `tolerance` pixels of the line through the others
 * (Douglas and Peucker): the fewer there are, the faster is a wide stroke. Its ends are kept.
 */
export const simplified = (flat, tolerance) => {
  const count = flat.length / 2;
  if (count < 3) return flat;
  const keep = new Uint8Array(count);
  keep[0] = keep[count - 1] = 1;
  const pieces = [[0, count - 1]];
  while (pieces.length) {
    const [a, b] = pieces.pop();
    let [most, at] = [tolerance * tolerance, -1];
    for (let k = a + 1; k < b; k += 1) {
      const far = bulge(flat, k, a, b);
      if (far > most) [most, at] = [far, k];
    }
    if (at < 0) continue;
    keep[at] = 1;
    pieces.push([a, at], [at, b]);
  }
  return flat.filter((_, i) => keep[i >> 1]);
};

/** Add a flat array of screen coordinates to the current path; `on`: it goes on where the path ends. */
export const traceFlat = (ctx, flat, on = false) => {
  if (!on) ctx.moveTo(flat[0], flat[1]);
  for (let i = 2; i < flat.length; i += 2) ctx.lineTo(flat[i], flat[i + 1]);
};

/** Remember the last result for a view (and whatever else the result depends on). */
export const lastOf = (make) => {
  let [keys, value] = [null, null];
  return (...next) => {
    if (!keys || next.some((key, i) => !Object.is(key, keys[i]))) {
      value = make(...next);
      keys = next;
    }
    return value;
  };
};
