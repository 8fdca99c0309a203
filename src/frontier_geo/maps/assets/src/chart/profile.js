/** The profile: rate by kilometre as bars, its interval as a grey band, the smoothed density as a line. */
import { drawAxis } from "./axis.js";
import { drawBand, drawBars, hasBand } from "./bars.js";
import { write } from "./canvas.js";
import { frameOf } from "./frame.js";
import { drawHead } from "./head.js";
import { axisTop, kmScale, largest, ticksTo } from "./scale.js";
import { THEME, font } from "./theme.js";

/** Frame and scale of a scene on a sheet, for drawing and for the pointer alike. */
export const layProfile = (scene, width, height, head) => {
  const frame = frameOf(width, height, {
    head,
    hasMarks: scene.marks.length > 0,
    hasStrips: scene.districts.some((side) => side.length > 0),
  });
  const { left, right } = frame.plot;
  return { frame, scale: kmScale({ length: scene.length, left, right, flip: scene.flip }) };
};

const drawGrid = (ctx, frame, top, y, scene) => {
  const { plot } = frame;
  const ticks = ticksTo(top, Math.max(1, Math.floor((plot.bottom - plot.top) / 30)));
  ctx.font = font(11);
  ctx.fillStyle = THEME.rule;
  for (const tick of ticks.slice(1)) {
    ctx.fillRect(plot.left, Math.round(y(tick)), plot.right - plot.left, 1);
  }
  for (const tick of ticks) {
    const at = Math.min(y(tick), plot.bottom - 3);
    write(ctx, scene.number(tick), plot.left - 6, at, { colour: THEME.soft, align: "right" });
  }
};

const drawLine = (ctx, frame, scale, y, density) => {
  if (!density || !density.km || density.km.length < 2) return;
  ctx.beginPath();
  for (let i = 0, pen = false; i < density.km.length; i += 1) {
    const there = density.value[i] < Infinity;
    if (there && pen) ctx.lineTo(scale.x(density.km[i]), y(density.value[i]));
    else if (there) ctx.moveTo(scale.x(density.km[i]), y(density.value[i]));
    pen = there;
  }
  ctx.lineJoin = "round";
  ctx.strokeStyle = THEME.paper;
  ctx.lineWidth = 4;
  ctx.stroke();
  ctx.strokeStyle = THEME.line;
  ctx.lineWidth = 1.75;
  ctx.stroke();
};

/** Frames around the segment in hand and the one picked; a shade over a stretch in hand. */
export const drawHeld = (ctx, frame, scale, scene, { hover = -1, pick = -1, stretch = null, km = null }) => {
  const { plot } = frame;
  const place = (from, to) => {
    const [a, b] = [scale.x(from), scale.x(to)];
    return [Math.min(a, b), Math.max(2, Math.abs(b - a))];
  };
  if (stretch) {
    const [x, width] = place(stretch.from, stretch.to);
    ctx.fillStyle = THEME.selection;
    ctx.fillRect(x, plot.top, width, plot.bottom - plot.top);
    ctx.fillStyle = THEME.hover;
    ctx.fillRect(x, plot.top, width, 2);
  }
  if (km !== null) {
    ctx.fillStyle = THEME.hover;
    ctx.fillRect(scale.x(km) - 1, plot.top, 2, plot.bottom - plot.top);
  }
  [
    [pick, THEME.chosen],
    [hover, THEME.hover],
  ].forEach(([i, colour]) => {
    if (i < 0 || i >= scene.from.length) return;
    const [x, width] = place(scene.from[i], scene.to[i]);
    ctx.fillStyle = THEME.selection;
    ctx.fillRect(x, plot.top, width, plot.bottom - plot.top);
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 1, plot.top - 1, width + 2, plot.bottom - plot.top + 1);
  });
};

/**
 * Draw the profile on a sheet. live: {result, density, held, top, head}; returns the upper end of the
 * axis, so that a playing page can keep it from shrinking.
 */
export const drawProfile = (ctx, width, height, scene, live) => {
  const { result, density, held = {} } = live;
  const head = live.head || {};
  const { frame, scale } = layProfile(scene, width, height, head.height);
  const { plot } = frame;
  const top = Math.max(
    axisTop({ rate: result.rate, hi: result.hi, density: density && density.value }),
    live.top || 0,
  );
  const y = (value) => plot.bottom - (value / top) * (plot.bottom - plot.top);
  drawGrid(ctx, frame, top, y, scene);
  if (result.lo && result.hi) drawBand(ctx, frame, scale, y, scene, result);
  drawBars(ctx, frame, scale, y, scene, result);
  drawAxis(ctx, frame, scale, scene, held.mark);
  drawLine(ctx, frame, scale, y, density);
  const beyond = result.hi ? largest(result.hi) > top : false;
  drawHead(ctx, frame, scene, {
    ...head,
    beyond,
    band: hasBand(result),
    line: Boolean(density),
  });
  drawHeld(ctx, frame, scale, scene, held);
  return top;
};
