/** Incidents by time as bars, with the years below. */
import { textWidth, write } from "./canvas.js";
import { THEME, font } from "./theme.js";

const TICKS = 18; // px below the bars
const TOP = 4;

/** Where days lie on x: day → px; the last day ends at `right`. */
export const dayScale = ([first, last], { left, right }) => {
  const per = (right - left) / (last - first + 1);
  return { x: (day) => left + (day - first) * per, day: (x) => first + (x - left) / per, per };
};

/** Every how many-th tick is named so that names have room. */
export const everyTick = (gaps, room) => [1, 2, 5, 10, 20, 50, 100].find((n) => gaps * n >= room) || 200;

const drawTicks = (ctx, height, scale, ticks, { left, right, dir }) => {
  ctx.font = font(11);
  const widest = ticks.reduce((most, tick) => Math.max(most, textWidth(ctx, tick.label)), 0);
  const yearPx = 365.25 * scale.per;
  const every = everyTick(yearPx, widest + 16);
  let end = -Infinity;
  for (const tick of ticks) {
    if (every > 1 && tick.year % every) continue;
    const x = scale.x(tick.day);
    if (x < left - 1 || x > right + 1) continue;
    const width = textWidth(ctx, tick.label);
    const at = Math.min(Math.max(x, left + width / 2 - 6), right - width / 2 + 6);
    ctx.fillStyle = THEME.axis;
    ctx.fillRect(Math.round(x), height - TICKS, 1, 4);
    if (at - width / 2 < end + 8) continue;
    end = at + width / 2;
    write(ctx, tick.label, at, height - TICKS / 2 + 2, { colour: THEME.soft, align: "center", dir });
  }
};

/** The bins that hold anything, as boxes. */
const layBins = ({ edges, counts }, scale, { left, right }, bottom) => {
  let most = 1;
  for (const count of counts) if (count > most) most = count;
  const boxes = [];
  for (let i = 0; i < counts.length; i += 1) {
    if (!counts[i]) continue;
    const a = Math.max(left, scale.x(edges[i]));
    const b = Math.min(right, scale.x(edges[i + 1]));
    const gap = b - a > 3 ? 0.75 : 0;
    const tall = Math.max(1, (counts[i] / most) * (bottom - TOP));
    boxes.push([a, bottom - tall, Math.max(0.75, b - a - gap), tall]);
  }
  return boxes;
};

/** Draw the histogram. live: {edges, counts, ticks, whole, range, left, right, dir}. */
export const drawHistogram = (ctx, width, height, live) => {
  const { ticks, whole, range, left, right } = live;
  const scale = dayScale(whole, { left, right });
  const bottom = height - TICKS;
  const bins = layBins(live, scale, live, bottom);
  const [a, b] = [scale.x(range[0]), scale.x(range[1] + 1)];
  ctx.fillStyle = THEME.selection;
  ctx.fillRect(a, 0, b - a, bottom);
  // Box by box: one path of hundreds of boxes takes a browser without a graphics card far longer.
  ctx.fillStyle = THEME.barOutside;
  for (const box of bins) if (box[0] < a || box[0] + box[2] > b) ctx.fillRect(...box);
  ctx.fillStyle = THEME.bar;
  for (const [x, y, wide, tall] of bins) {
    const [from, to] = [Math.max(x, a), Math.min(x + wide, b)];
    if (to > from) ctx.fillRect(from, y, to - from, tall);
  }
  ctx.fillStyle = THEME.axis;
  ctx.fillRect(left, bottom, right - left, 1);
  drawTicks(ctx, height, scale, ticks, live);
  return scale;
};
