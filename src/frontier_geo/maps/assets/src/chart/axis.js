/** What lies under both diagrams: kilometres, marks with names, districts of both sides, the ends. */
import { textWidth, write } from "./canvas.js";
import { stripsOf } from "./frame.js";
import { fitted, niceStep, placeNames } from "./scale.js";
import { THEME, font } from "./theme.js";

const TICK_ROOM = 46; // px from one number to the next

const drawTicks = (ctx, frame, scale, scene) => {
  const { plot, ticks } = frame;
  const step = niceStep(scale.length, (plot.right - plot.left) / TICK_ROOM);
  ctx.strokeStyle = THEME.axis;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(plot.left, plot.bottom + 0.5);
  ctx.lineTo(plot.right, plot.bottom + 0.5);
  for (let km = 0; km <= scale.length; km += step) {
    const x = Math.round(scale.x(km)) + 0.5;
    ctx.moveTo(x, plot.bottom);
    ctx.lineTo(x, plot.bottom + 4);
  }
  ctx.stroke();
  for (let km = 0; km <= scale.length; km += step) {
    const said = scene.number(km);
    const half = textWidth(ctx, said) / 2;
    const x = Math.min(Math.max(scale.x(km), plot.left), frame.width - half - 2);
    write(ctx, said, x, ticks.middle, { colour: THEME.soft, align: "center", fontOf: font(11) });
  }
};

/** The little mark of one referent, its tip on the axis. */
const drawMark = (ctx, mark, x, y, strong) => {
  const half = strong ? 5.5 : 4;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + half, y + half * 1.6);
  ctx.lineTo(x - half, y + half * 1.6);
  ctx.closePath();
  ctx.fillStyle = mark.crossing ? THEME.crossing : THEME.landmark;
  ctx.fill();
  if (strong) {
    ctx.strokeStyle = THEME.chosen;
    ctx.lineWidth = 1;
    ctx.stroke();
  }
};

/** Which names of marks are shown, and where: [{index, left}]. The one in hand comes first. */
export const namesShown = (ctx, frame, scale, scene, held = -1) => {
  if (!frame.names.height) return [];
  ctx.font = font(11);
  const items = scene.marks.map((mark, i) => ({
    x: scale.x(mark.km),
    width: mark.short ? textWidth(ctx, mark.short) : Infinity,
    rank: i === held ? 99 : mark.rank,
  }));
  return placeNames(items, { left: 4, right: frame.width - 4, gap: 9 });
};

const drawMarks = (ctx, frame, scale, scene, held) => {
  const shown = namesShown(ctx, frame, scale, scene, held);
  ctx.setLineDash([2, 3]);
  ctx.strokeStyle = THEME.axis;
  ctx.lineWidth = 0.75;
  ctx.beginPath();
  for (const { index } of shown) {
    const x = Math.round(scale.x(scene.marks[index].km)) + 0.5;
    ctx.moveTo(x, frame.plot.top);
    ctx.lineTo(x, frame.plot.bottom);
  }
  ctx.stroke();
  ctx.setLineDash([]);
  scene.marks.forEach((mark, i) => {
    if (i !== held) drawMark(ctx, mark, scale.x(mark.km), frame.plot.bottom + 1, false);
  });
  if (held >= 0) drawMark(ctx, scene.marks[held], scale.x(scene.marks[held].km), frame.plot.bottom, true);
  for (const { index, left } of shown) {
    const mark = scene.marks[index];
    const colour = mark.crossing ? THEME.crossing : THEME.landmark;
    const fontOf = font(11, index === held ? 700 : 400);
    write(ctx, mark.short, left, frame.names.middle, { colour, fontOf, dir: scene.dir });
  }
};

const drawStrip = (ctx, strip, parts, code, frame, scale, scene) => {
  const middle = strip.top + strip.height / 2 + 0.5;
  const measure = (text) => textWidth(ctx, text);
  ctx.font = font(10.5);
  parts.forEach((part, i) => {
    const [a, b] = [scale.x(part.from), scale.x(part.to)];
    const [x, width] = [Math.min(a, b), Math.abs(b - a)];
    ctx.fillStyle = i % 2 ? THEME.stripOther : THEME.strip;
    ctx.fillRect(x, strip.top, width, strip.height);
    ctx.fillStyle = THEME.axis;
    if (i) ctx.fillRect(x - 0.5, strip.top, 1, strip.height);
    if (strip.height < 11) return;
    // A stump of two or three letters tells nothing.
    if (width < 46 && measure(part.name) > width - 6) return;
    const said = fitted(part.name, width - 6, measure);
    if (said) write(ctx, said, x + width / 2, middle, { colour: THEME.ink, align: "center", dir: scene.dir });
  });
  if (parts.length && strip.height >= 11) {
    const said = fitted(code, frame.plot.left - 6, measure);
    write(ctx, said, frame.plot.left - 4, middle, { colour: THEME.soft, align: "right", dir: scene.dir });
  }
};

const drawEnds = (ctx, frame, scene) => {
  const y = frame.ends.middle;
  const style = { colour: THEME.soft, fontOf: font(11), dir: scene.dir };
  ctx.font = font(11);
  const { left, right } = frame.plot;
  const first = `◀ ${scene.ends[0]}`;
  const last = `${scene.ends[1]} ▶`;
  write(ctx, first, left, y, { ...style, dir: "ltr" });
  write(ctx, last, right, y, { ...style, dir: "ltr", align: "right" });
  const room = right - left - 2 * Math.max(textWidth(ctx, first), textWidth(ctx, last)) - 30;
  if (textWidth(ctx, scene.axisTitle) <= room) {
    write(ctx, scene.axisTitle, (left + right) / 2, y, { ...style, align: "center" });
  }
};

/** Draw everything under the plot; `held` is the mark in hand or -1. */
export const drawAxis = (ctx, frame, scale, scene, held = -1) => {
  ctx.font = font(11);
  drawMarks(ctx, frame, scale, scene, held);
  drawTicks(ctx, frame, scale, scene);
  if (frame.strips.height) {
    const [upper, lower] = stripsOf(frame.strips);
    drawStrip(ctx, upper, scene.districts[0], scene.codes[0], frame, scale, scene);
    drawStrip(ctx, lower, scene.districts[1], scene.codes[1], frame, scale, scene);
  }
  drawEnds(ctx, frame, scene);
};
