import { PALETTE } from "./palette.js";
import { smoothedLine } from "./smooth.js";
import { fontOf } from "./text.js";
import { NEAR_ZOOM, simplified, traceFlat } from "./view.js";

const SMOOTH_PX = 15;
const NORMAL_PX = 26;
const STEP_PX = 4;
const TOLERANCE_PX = 0.2; // by which a band may leave its line
const FIRST_PX = 14; // from the border to the middle of the first lane
const LANE_PX = 8;
const UNSEEN_PX = 150; // further outside of the window than this, few points will do
const UNSEEN_STEP = 12;
const OUTER_LANE = 2; // the band of all stretches that found no lane of their own

/** How near to the border bands are drawn on small maps. */
const tightness = (zoom) => Math.min(1, Math.max(0.62, 0.62 + (zoom - 5.5) * 0.2));

/** The offset of a lane's middle from the border, in pixels. */
export const laneOffset = (lane, zoom) => (FIRST_PX + (lane ?? OUTER_LANE) * LANE_PX) * tightness(zoom);

/**
 * A line beside the border from one chainage to another: flat screen coordinates. Where the offset
 * line would run backwards in a tight bend, those points are left out.
 */
export const besideLine = (smoothed, view, from, to, offset) => {
  const first = Math.round(from / smoothed.step);
  const last = Math.min(smoothed.n - 1, Math.round(to / smoothed.step));
  const out = [];
  for (let i = first; i <= last; i += 1) {
    const x = view.x(smoothed.x[i]) + offset * smoothed.nx[i];
    const y = view.y(smoothed.y[i]) + offset * smoothed.ny[i];
    if (i % UNSEEN_STEP && i !== first && i !== last && !view.holds(x, y, UNSEEN_PX)) continue;
    if (out.length) {
      const dx = x - out[out.length - 2];
      const dy = y - out[out.length - 1];
      // The tangent is the normal turned right: (-ny, nx).
      if (dx * -smoothed.ny[i] + dy * smoothed.nx[i] <= 0) continue;
    }
    out.push(x, y);
  }
  if (out.length === 2) out.push(out[0] + 1, out[1] + 1);
  return out;
};

/** The smoothed border for bands, at a zoom. */
export const bandLine = (border, zoom) => {
  const km = border.kmPerPixel(zoom);
  return smoothedLine(border, { stepKm: STEP_PX * km, sigmaKm: SMOOTH_PX * km, normalKm: NORMAL_PX * km });
};

/** The place in the middle of a flat line, by its length. */
export const middleOf = (flat) => {
  let total = 0;
  for (let i = 2; i < flat.length; i += 2)
    total += Math.hypot(flat[i] - flat[i - 2], flat[i + 1] - flat[i - 1]);
  let left = total / 2;
  for (let i = 2; i < flat.length; i += 2) {
    const size = Math.hypot(flat[i] - flat[i - 2], flat[i + 1] - flat[i - 1]);
    if (size >= left && size > 0) {
      const share = left / size;
      return [
        flat[i - 2] + share * (flat[i] - flat[i - 2]),
        flat[i - 1] + share * (flat[i + 1] - flat[i - 1]),
      ];
    }
    left -= size;
  }
  return [flat[0], flat[1]];
};

/** How many incidents a stretch, or the stretches of a cell, hold in all. */
const countOf = (kind, item, id, counts) =>
  kind === "cell" ? item.stretches.reduce((sum, s) => sum + counts[s], 0) : counts[id];

/**
 * All bands of a view: those of single stretches in their lanes, then the cells of the outer band.
 * Each is {kind, id, item, flat, outer}.
 */
export const bandsOf = (smoothed, head, view) => {
  const make = (kind, lane) => (item, id) => {
    const offset = item.side * laneOffset(lane ?? item.lane, view.zoom);
    const flat = simplified(besideLine(smoothed, view, item.from, item.to, offset), TOLERANCE_PX);
    return { kind, id, item, flat, outer: kind === "cell" };
  };
  const single = head.stretches.map(make("stretch")).filter(({ item }) => item.lane !== null);
  return [...single, ...(head.cells || []).map(make("cell", OUTER_LANE))];
};

/**
 * Bands with their `count` under the filters and how dark they are, 0 … 1; `all` are the counts
 * without filters, so that the darkest band is the fullest one.
 */
export const countedBands = (bands, counts, all) => {
  const most = bands.reduce((high, { kind, item, id }) => Math.max(high, countOf(kind, item, id, all)), 1);
  return bands.map((band) => {
    const count = countOf(band.kind, band.item, band.id, counts);
    return { ...band, count, dark: Math.min(1, 0.4 + (0.5 * Math.log1p(count)) / Math.log1p(most)) };
  });
};

const stroke = (ctx, flats, alpha, width, dash = []) => {
  ctx.beginPath();
  for (const flat of flats) traceFlat(ctx, flat);
  ctx.globalAlpha = alpha;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.stroke();
};

/** Draw bands: hatched when near, pale lines on small maps, where the ribbon has to be seen. */
const drawLines = (ctx, bands, near) => {
  const width = near ? 5 : 3.2;
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  ctx.strokeStyle = PALETTE.halo;
  stroke(
    ctx,
    bands.map(({ flat }) => flat),
    0.7,
    width + 2,
  );
  ctx.strokeStyle = PALETTE.band;
  for (const { flat, outer, dark } of bands) {
    if (outer || !near) {
      stroke(ctx, [flat], dark * (outer ? 0.45 : 0.62), outer && !near ? 2.2 : width);
    } else {
      stroke(ctx, [flat], dark * 0.36, width);
      stroke(ctx, [flat], dark, width, [2, 3]);
    }
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
};

/** Draw a number on white, as wide as it needs; `colour` is that of its edge and text. */
export const drawPill = (ctx, x, y, text, { colour, ink = colour, half, size }) => {
  const r = size / 2;
  ctx.beginPath();
  ctx.moveTo(x - half + r, y - r);
  ctx.arcTo(x + half, y - r, x + half, y + r, r);
  ctx.arcTo(x + half, y + r, x - half, y + r, r);
  ctx.arcTo(x - half, y + r, x - half, y - r, r);
  ctx.arcTo(x - half, y - r, x + half, y - r, r);
  ctx.closePath();
  ctx.fillStyle = PALETTE.halo;
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.1;
  ctx.stroke();
  ctx.fillStyle = ink;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 0.5);
};

/** Write the numbers of bands, larger ones first where two would touch. */
const drawBandCounts = (ctx, bands, { words, near, hidden }) => {
  const kept = [];
  const size = near ? 16 : 13.5;
  ctx.font = fontOf({ weight: 700, size: near ? 11 : 10 });
  const numbered = bands.filter((band) => !band.outer && (near || band.count > 1));
  for (const band of numbered.sort((a, b) => b.count - a.count)) {
    const [x, y] = middleOf(band.flat);
    const text = words.number(band.count);
    const half = Math.max(size / 2, ctx.measureText(text).width / 2 + 4);
    if (hidden && hidden(x, y)) continue;
    const free = kept.every((box) => Math.abs(box[0] - x) > box[2] + half || Math.abs(box[1] - y) > size + 1);
    if (!free) continue;
    kept.push([x, y, half]);
    drawPill(ctx, x, y, text, { colour: PALETTE.band, half, size });
  }
};

/**
 * Draw bands: those of single stretches in their lanes, then the outer band; the darker, the more
 * incidents under the filters. `hidden(x, y)` says where a number would be under something else.
 */
export const drawBands = (ctx, view, bands, { words, hidden = null }) => {
  const shown = bands.filter((band) => band.count > 0);
  const near = view.zoom >= NEAR_ZOOM;
  ctx.save();
  drawLines(ctx, shown, near);
  drawBandCounts(ctx, shown, { words, near, hidden });
  ctx.restore();
};
