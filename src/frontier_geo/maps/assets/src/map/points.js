import { drawPill } from "./bands.js";
import { worldX, worldY } from "./geometry.js";
import { PALETTE } from "./palette.js";
import { drawSymbol } from "./symbols.js";
import { fontOf } from "./text.js";
import { COUNT_ZOOM, NEAR_ZOOM, lastOf } from "./view.js";

const NO_POINT = -2147483648;
const EXACT = new Set(["exact", "settlement"]); // a place known this well is drawn full
const MARGIN = 12;

/**
 * The places of all incidents that have one: positions relative to (`x0`, `y0`) in world
 * coordinates, so that single precision is enough at every zoom. `placed[e]` is 1 where e has one.
 */
export const readPlaces = (columns, precisions) => {
  const { n, lon, lat, located } = columns;
  const x = new Float32Array(n);
  const y = new Float32Array(n);
  const placed = new Uint8Array(n);
  const roughly = precisions.map((name) => (EXACT.has(name) ? 0 : 1));
  const hollow = new Uint8Array(n);
  let origin = null;
  let count = 0;
  for (let e = 0; e < n; e += 1) {
    if (lon[e] === NO_POINT || lat[e] === NO_POINT || !(located[e] & 1)) continue; // 1 and 3 are points
    const px = worldX(lon[e] / 1e5);
    const py = worldY(lat[e] / 1e5);
    origin = origin || [px, py];
    x[e] = px - origin[0];
    y[e] = py - origin[1];
    placed[e] = 1;
    hollow[e] = roughly[columns.precision[e]] ?? 1;
    count += 1;
  }
  const [x0, y0] = origin || [0, 0];
  return { x, y, x0, y0, placed, hollow, count, n };
};

const FEW = 500; // up to so many incidents with a place have large symbols at every zoom

/** Whether symbols are small and faint: many of them on a small map. */
export const isFaint = (places, zoom) => zoom < NEAR_ZOOM && Boolean(places) && places.count > FEW;

/** Radius of a symbol in pixels at a zoom: at most 3 below zoom 8, unless there are only few. */
export const symbolRadius = (places, zoom) => {
  if (isFaint(places, zoom)) return 2.8;
  return Math.min(6.5, 4.4 + Math.max(0, zoom - NEAR_ZOOM) * 0.7);
};

/**
 * The spot on which each incident lies in a view: squares of `grain` pixels, counted row by row; -1
 * where it has no place in the window. Found once for a view, so that a filter only has to look it up.
 */
const layOut = (places, view, grain) => {
  const { x, y, placed, n } = places;
  const { scale } = view;
  const dx = places.x0 * scale - view.left + MARGIN;
  const dy = places.y0 * scale - view.top + MARGIN;
  const columns = Math.ceil((view.width + 2 * MARGIN) / grain);
  const rows = Math.ceil((view.height + 2 * MARGIN) / grain);
  const spot = new Int32Array(n).fill(-1);
  const perPixel = 1 / grain;
  for (let e = 0; e < n; e += 1) {
    if (!placed[e]) continue;
    const column = (x[e] * scale + dx) * perPixel;
    const row = (y[e] * scale + dy) * perPixel;
    if (column >= 0 && row >= 0 && column < columns && row < rows)
      spot[e] = (row | 0) * columns + (column | 0);
  }
  return { spot, size: columns * rows };
};

const layout = lastOf(layOut);

/**
 * The incidents to draw: of those on one spot (a square of `grain` pixels) only the newest, where
 * symbols would lie over each other anyway. Returned from old to new: `list[start … end - 1]`.
 */
export const spotsOf = (places, visible, view, grain, room) => {
  const { n } = places;
  const { spot, size } = layout(places, view, grain);
  const taken = new Uint8Array(size);
  const list = room && room.length >= n ? room : new Int32Array(n);
  let at = n;
  for (let e = n - 1; e >= 0; e -= 1) {
    const here = spot[e];
    if (here < 0 || visible[e] === 0 || taken[here] === 1) continue;
    taken[here] = 1;
    at -= 1;
    list[at] = e;
  }
  return { list, start: at, end: n };
};

/** How many of the incidents lie in the window, counted up to `most`. */
export const countInView = (places, visible, view, most = Infinity) => {
  const { x, y, placed, n } = places;
  const [west, north] = [
    (view.left - MARGIN) / view.scale - places.x0,
    (view.top - MARGIN) / view.scale - places.y0,
  ];
  const east = west + (view.width + 2 * MARGIN) / view.scale;
  const south = north + (view.height + 2 * MARGIN) / view.scale;
  let count = 0;
  for (let e = 0; e < n && count < most; e += 1) {
    if (visible[e] && placed[e] && x[e] >= west && x[e] <= east && y[e] >= north && y[e] <= south) count += 1;
  }
  return count;
};

/** Incidents in the window, gathered by place: [{x, y, ids}] in screen coordinates, old to new. */
export const groupsOf = (places, columns, visible, view) => {
  const groups = new Map();
  for (let e = 0; e < places.n; e += 1) {
    if (!visible[e] || !places.placed[e]) continue;
    const px = view.x(places.x[e] + places.x0);
    const py = view.y(places.y[e] + places.y0);
    if (!view.holds(px, py, MARGIN)) continue;
    const key = columns.lon[e] * 2 ** 25 + columns.lat[e];
    const group = groups.get(key);
    if (group) group.ids.push(e);
    else groups.set(key, { x: px, y: py, ids: [e] });
  }
  return [...groups.values()];
};

/** What a group of incidents looks like: one type or several, hollow if all are known roughly. */
export const lookOf = (ids, columns, places) => {
  const type = columns.type[ids[0]];
  return {
    type,
    several: ids.some((e) => columns.type[e] !== type),
    hollow: ids.every((e) => places.hollow[e]),
  };
};

/** Symbols drawn once for each look, size and pixel ratio, on small canvases. */
export const createSprites = (types) => {
  let made = new Map();
  let stamp = "";
  return (look, radius, ratio) => {
    if (stamp !== `${radius}/${ratio}`) {
      made = new Map();
      stamp = `${radius}/${ratio}`;
    }
    const key = look.several ? `s${look.hollow}` : `${look.type}/${look.hollow}`;
    if (made.has(key)) return made.get(key);
    const canvas = document.createElement("canvas");
    const half = Math.ceil((radius * 1.35 + 1.5) * ratio);
    canvas.width = canvas.height = 2 * half + 1;
    const ctx = canvas.getContext("2d", { willReadFrequently: true });
    ctx.scale(ratio, ratio);
    const mark = types[look.type] || { shape: "circle", colour: PALETTE.several };
    const middle = (half + 0.5) / ratio;
    drawSymbol(ctx, mark.shape, mark.colour, middle, middle, radius, look);
    const sprite = { canvas, half, size: 2 * half + 1 };
    made.set(key, sprite);
    return sprite;
  };
};

/** Draw incidents as symbols, one image each; near enough, one for each place with its number. */
export const drawSymbols = (ctx, view, { places, columns, visible, sprites, words }) => {
  const radius = symbolRadius(places, view.zoom);
  const put = (look, x, y) => {
    const sprite = sprites(look, radius, view.ratio);
    const size = sprite.size / view.ratio;
    ctx.drawImage(sprite.canvas, x - size / 2, y - size / 2, size, size);
  };
  if (view.zoom < COUNT_ZOOM) {
    const { list, start, end } = spotsOf(places, visible, view, 1);
    for (let i = start; i < end; i += 1) {
      const e = list[i];
      put(
        { type: columns.type[e], hollow: Boolean(places.hollow[e]) },
        view.x(places.x[e] + places.x0),
        view.y(places.y[e] + places.y0),
      );
    }
    return;
  }
  const groups = groupsOf(places, columns, visible, view);
  for (const group of groups) put(lookOf(group.ids, columns, places), group.x, group.y);
  ctx.font = fontOf({ weight: 700, size: 10.5 });
  for (const group of groups) {
    if (group.ids.length < 2) continue;
    const text = words.number(group.ids.length);
    const half = Math.max(6.5, ctx.measureText(text).width / 2 + 3.5);
    drawPill(ctx, group.x + radius + 3, group.y - radius - 1, text, {
      colour: PALETTE.outline,
      half,
      size: 13,
    });
  }
};
