/** The bars of the profile and the interval behind them, drawn in few steps: one for each colour. */
import { write } from "./canvas.js";
import { THEME, font } from "./theme.js";

const SEEN = 0.2; // px of a bar that are drawn at all
const TELLING = 14; // px from which on a bar has room for the lower end of its interval
const MISSING_TALL = 5;

/** Call `each(x, width, i)` with the place of every segment on x. */
const segmentsOnX = (scene, scale, each) => {
  for (let i = 0; i < scene.from.length; i += 1) {
    const [a, b] = [scale.x(scene.from[i]), scale.x(scene.to[i])];
    each(Math.min(a, b), Math.abs(b - a), i);
  }
};

/** All rectangles as one shape in one colour. */
export const fillAll = (ctx, colour, boxes) => {
  if (!boxes.length) return;
  ctx.fillStyle = colour;
  ctx.beginPath();
  for (const [x, y, width, height] of boxes) ctx.rect(x, y, width, height);
  ctx.fill();
};

/** Whether any segment has an interval. */
export const hasBand = ({ lo, hi }) => Boolean(lo && hi) && hi.some((end, i) => end >= lo[i]);

/** The interval behind the bars: one shape, so that no seams show; its upper edge where it fits. */
export const drawBand = (ctx, frame, scale, y, scene, { lo, hi }) => {
  const { top } = frame.plot;
  const [band, edge] = [[], []];
  segmentsOnX(scene, scale, (x, width, i) => {
    if (!(hi[i] >= lo[i])) return;
    const above = Math.max(y(hi[i]), top);
    band.push([x - 0.2, above, width + 0.4, Math.max(0, y(lo[i]) - above)]);
    if (y(hi[i]) >= top) edge.push([x, above, width, 1]);
  });
  fillAll(ctx, THEME.band, band);
  fillAll(ctx, THEME.bandEdge, edge);
};

/** An infinite rate: a bar to the top with a break in it and the sign above. */
const drawInfinite = (ctx, frame, x, width) => {
  const middle = (frame.plot.top + frame.plot.bottom) / 2;
  ctx.fillStyle = THEME.paper;
  for (const shift of [-4, 2]) {
    ctx.beginPath();
    ctx.moveTo(x - 1, middle + shift + 3);
    ctx.lineTo(x + width + 1, middle + shift - 3);
    ctx.lineTo(x + width + 1, middle + shift);
    ctx.lineTo(x - 1, middle + shift + 6);
    ctx.fill();
  }
  write(ctx, "∞", x + width / 2, frame.plot.top - 5, {
    colour: THEME.ink,
    align: "center",
    fontOf: font(12, 700),
  });
};

/** Where no rate is: a row of short strokes on the axis. */
const dashes = (x, width, bottom) => {
  const boxes = [];
  for (let at = x; at < x + width; at += 4) {
    boxes.push([at, bottom - MISSING_TALL, Math.min(2, x + width - at), MISSING_TALL]);
  }
  return boxes;
};

/** The bars as boxes by class, with what else belongs to them. */
const layBars = (frame, scale, y, scene, { rate, lo, classOf }) => {
  const { plot } = frame;
  const laid = { classes: new Map(), missing: [], edges: [], lower: [], infinite: [] };
  segmentsOnX(scene, scale, (x, width, i) => {
    const gap = width > 5 ? 0.5 : 0;
    const [left, wide] = [x + gap, Math.max(0.5, width - 2 * gap)];
    if (Number.isNaN(rate[i])) {
      laid.missing.push(...dashes(left, wide, plot.bottom));
      return;
    }
    const above = rate[i] < Infinity ? Math.max(y(rate[i]), plot.top) : plot.top;
    const tall = plot.bottom - above;
    if (!(tall > SEEN)) return;
    if (!laid.classes.has(classOf[i])) laid.classes.set(classOf[i], []);
    laid.classes.get(classOf[i]).push([left, above, wide, tall]);
    if (wide > 3) laid.edges.push([left + 0.4, above + 0.4, wide - 0.8, tall - 0.4]);
    const lower = lo ? y(lo[i]) : NaN;
    if (tall > TELLING && lower < plot.bottom - 2 && lower > above + 2) laid.lower.push([left, wide, lower]);
    if (rate[i] === Infinity) laid.infinite.push([left, wide]);
  });
  return laid;
};

/** Draw the bars; infinite and missing rates as such. */
export const drawBars = (ctx, frame, scale, y, scene, result) => {
  const laid = layBars(frame, scale, y, scene, result);
  fillAll(ctx, THEME.missing, laid.missing);
  for (const [cls, boxes] of laid.classes) fillAll(ctx, scene.colours[cls] || THEME.missing, boxes);
  ctx.strokeStyle = THEME.barEdge;
  ctx.lineWidth = 0.75;
  ctx.beginPath();
  for (const [x, top, width, height] of laid.edges) ctx.rect(x, top, width, height);
  ctx.stroke();
  // The lower end of the interval within a bar: a line that shows on light and dark classes.
  fillAll(
    ctx,
    THEME.paper,
    laid.lower.map(([x, width, at]) => [x, at - 1, width, 2]),
  );
  fillAll(
    ctx,
    THEME.ink,
    laid.lower.map(([x, width, at]) => [x, at - 0.5, width, 1]),
  );
  for (const [x, width] of laid.infinite) drawInfinite(ctx, frame, x, width);
};
