import { PALETTE } from "./palette.js";
import { smoothedLine } from "./smooth.js";

const STEP_KM = 1;
const SIGMA_KM = 32; // of the baseline
const NORMAL_KM = 70; // of the normals
const FULL_ZOOM = 7.5; // from here on bars keep their size on the screen
const FULL_PX = 74; // the height of the highest rate
const OVERFLOW = 1.3; // rates above the highest are cut at this
const GAP = 0.9; // of the room that a bar has along the line

const FULL_KM_PER_PX = 0.688; // at FULL_ZOOM, on a border at 37.5 degrees north

/** Height in pixels of the highest rate at a zoom: smaller on small maps, where all is near. */
export const fullHeight = (zoom) =>
  zoom >= FULL_ZOOM
    ? FULL_PX * Math.min(1.35, 1 + (zoom - FULL_ZOOM) * 0.12)
    : FULL_PX * 2 ** (zoom - FULL_ZOOM);

/** The smoothed line at a zoom; when near, it follows the border more closely. */
export const baselineAt = (border, zoom) => {
  const near = Math.min(1, border.kmPerPixel(zoom) / FULL_KM_PER_PX);
  return smoothedLine(border, {
    stepKm: Math.max(0.1, STEP_KM * near),
    sigmaKm: SIGMA_KM * near,
    normalKm: NORMAL_KM * near,
  });
};

/** A rate with few digits near a third of the highest: what the legend's bar stands for. */
export const roundRate = (highest) => {
  const wanted = highest / 2.2;
  if (!(wanted > 0)) return null;
  const unit = 10 ** Math.floor(Math.log10(wanted));
  return [5, 2, 1].map((n) => n * unit).find((n) => n <= wanted);
};

/**
 * The four corners of each bar on the screen, or null where there is no height: a flat array
 * [x, y, …] from the foot at the segment's start, clockwise. Bars stand on the left of the border.
 */
export const barShapes = (baseline, segments, heights, view) =>
  segments.from.map((from, i) => {
    const height = heights[i];
    if (!(height > 0)) return null;
    const to = segments.to[i];
    const [start, middle, end] = [from, (from + to) / 2, to].map(baseline.place);
    const [mx, my] = [view.x(middle.x), view.y(middle.y)];
    const { nx, ny } = middle;
    const [tx, ty] = [-ny, nx]; // along the line, eastwards when the normal points north
    // How far the bar may reach to either side: to the normals at the segment's ends, foot and top.
    const reach = (end) => {
      const foot = (view.x(end.x) - mx) * tx + (view.y(end.y) - my) * ty;
      return [foot, foot + height * (end.nx * tx + end.ny * ty)];
    };
    const half = Math.max(0.4, GAP * Math.min(...reach(start).map((far) => -far), ...reach(end)));
    return [
      mx - tx * half,
      my - ty * half,
      mx - tx * half + nx * height,
      my - ty * half + ny * height,
      mx + tx * half + nx * height,
      my + ty * half + ny * height,
      mx + tx * half,
      my + ty * half,
    ];
  });

/** Heights in pixels; `highest` is the rate that reaches the full height. */
export const barHeights = (rate, highest, zoom) => {
  const full = fullHeight(zoom);
  return Array.from(rate, (value) => {
    if (Number.isNaN(value) || !(highest > 0)) return 0;
    return value > 0 ? Math.max(1.5, full * Math.min(OVERFLOW, value / highest)) : 0;
  });
};

const trace = (ctx, corners) => {
  ctx.moveTo(corners[0], corners[1]);
  for (let i = 2; i < corners.length; i += 2) ctx.lineTo(corners[i], corners[i + 1]);
  ctx.closePath();
};

/** Draw bars; those cut at the top carry a light notch. */
export const drawBars = (ctx, view, { shapes, classOf, rates, cut }) => {
  ctx.lineJoin = "round";
  shapes.forEach((corners, i) => {
    if (!corners) return;
    ctx.beginPath();
    trace(ctx, corners);
    ctx.strokeStyle = PALETTE.haloSoft;
    ctx.lineWidth = 2.6;
    ctx.stroke();
    ctx.fillStyle = rates.colours[classOf[i]];
    ctx.fill();
    ctx.strokeStyle = PALETTE.casing;
    ctx.lineWidth = 0.8;
    ctx.stroke();
    if (!cut[i]) return;
    const mix = (a, b) => corners[a] + 0.86 * (corners[b] - corners[a]);
    ctx.beginPath();
    ctx.moveTo(mix(0, 2), mix(1, 3));
    ctx.lineTo(mix(6, 4), mix(7, 5));
    ctx.strokeStyle = PALETTE.halo;
    ctx.lineWidth = 2.4;
    ctx.stroke();
  });
};

/** Whether a rate is cut at the top of its bar. */
export const isCut = (value, highest) => value > highest * OVERFLOW;
