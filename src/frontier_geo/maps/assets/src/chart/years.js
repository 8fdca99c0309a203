/** By year: one row a year, one column a segment, in the classes of the ribbon. */
import { drawAxis } from "./axis.js";
import { fillAll } from "./bars.js";
import { write } from "./canvas.js";
import { frameOf } from "./frame.js";
import { drawHead } from "./head.js";
import { kmScale } from "./scale.js";
import { THEME, font } from "./theme.js";
import { drawHeld } from "./profile.js";

/** The scene as the head of this diagram tells it. */
export const yearScene = (scene) => ({ ...scene, title: scene.yearsTitle });

/** Frame, scale and rows of a scene on a sheet. */
export const layYears = (scene, width, height, head, count) => {
  const frame = frameOf(width, height, {
    head,
    hasMarks: scene.marks.length > 0,
    hasStrips: scene.districts.some((side) => side.length > 0),
  });
  const { left, right, top, bottom } = frame.plot;
  const each = (bottom - top) / Math.max(1, count);
  const edge = (row) => Math.round((top + row * each) * 2) / 2;
  return { frame, scale: kmScale({ length: scene.length, left, right, flip: scene.flip }), each, edge };
};

/** The row at a height on the sheet, -1 outside. */
export const rowAt = (laid, y, count) => {
  const row = Math.floor((y - laid.frame.plot.top) / laid.each);
  return row >= 0 && row < count ? row : -1;
};

/** Which years are named: as many as fit, the first and last among them where they can be. */
export const yearsNamed = (count, each, room = 13) => {
  const step = Math.max(1, Math.ceil(room / Math.max(each, 0.1)));
  const named = [];
  for (let row = 0; row < count; row += step) named.push(row);
  const last = count - 1;
  if (count && named[named.length - 1] !== last) {
    if ((last - named[named.length - 1]) * each < room) named.pop();
    named.push(last);
  }
  return named;
};

/** Runs of cells of one class in one row as boxes, by class; zero cells are left white. */
const layCells = (laid, scene, years) => {
  const { scale, edge } = laid;
  const S = scene.from.length;
  const gap = laid.each >= 7 ? 1 : 0;
  const classes = new Map();
  for (let row = 0; row < years.years.length; row += 1) {
    const [top, bottom] = [edge(row), edge(row + 1)];
    const same = (i, cls) => i < S && years.classOf[row * S + i] === cls && scene.from[i] === scene.to[i - 1];
    for (let i = 0; i < S; i += 1) {
      const first = i;
      const cls = years.classOf[row * S + i];
      while (same(i + 1, cls)) i += 1;
      if (cls === 0) continue;
      const [a, b] = [scale.x(scene.from[first]), scale.x(scene.to[i])];
      if (!classes.has(cls)) classes.set(cls, []);
      classes.get(cls).push([Math.min(a, b), top, Math.abs(b - a), bottom - top - gap]);
    }
  }
  return classes;
};

const drawOutside = (ctx, laid, years, range) => {
  if (!range) return;
  const { plot } = laid.frame;
  years.years.forEach((year, row) => {
    if (year.last >= range[0] && year.first <= range[1]) return;
    ctx.fillStyle = THEME.pale;
    ctx.fillRect(plot.left, laid.edge(row), plot.right - plot.left, laid.edge(row + 1) - laid.edge(row));
  });
};

const drawLabels = (ctx, laid, scene, years, held) => {
  const { plot } = laid.frame;
  ctx.font = font(11);
  const named = yearsNamed(years.years.length, laid.each);
  if (held >= 0 && held < years.years.length && !named.includes(held)) {
    for (let i = named.length - 1; i >= 0; i -= 1)
      if (Math.abs(named[i] - held) * laid.each < 13) named.splice(i, 1);
    named.push(held);
  }
  for (const row of named) {
    const y = (laid.edge(row) + laid.edge(row + 1)) / 2;
    const fontOf = font(11, row === held ? 700 : 400);
    write(ctx, years.years[row].label, plot.left - 5, y, {
      colour: THEME.soft,
      align: "right",
      fontOf,
      dir: scene.dir,
    });
  }
};

/** Draw the strip. live: {years, range, held: {hover, pick, row, mark}, head}. */
export const drawYears = (ctx, width, height, scene, live) => {
  const { years, range, held = {} } = live;
  const head = live.head || {};
  const count = years.years.length;
  const laid = layYears(scene, width, height, head.height, count);
  const { plot } = laid.frame;
  for (const [cls, boxes] of layCells(laid, scene, years)) {
    fillAll(ctx, scene.colours[cls] || THEME.missing, boxes);
  }
  drawOutside(ctx, laid, years, range);
  ctx.strokeStyle = THEME.rule;
  ctx.lineWidth = 1;
  ctx.strokeRect(plot.left + 0.5, plot.top + 0.5, plot.right - plot.left - 1, plot.bottom - plot.top - 1);
  drawAxis(ctx, laid.frame, laid.scale, scene, held.mark);
  drawLabels(ctx, laid, scene, years, held.row === undefined ? -1 : held.row);
  drawHead(ctx, laid.frame, yearScene(scene), { ...head, band: false, line: false });
  drawHeld(ctx, laid.frame, laid.scale, scene, {
    hover: held.row >= 0 ? -1 : held.hover,
    pick: held.pick,
    stretch: held.stretch,
    km: held.km,
  });
  if (held.row >= 0 && held.hover >= 0) {
    const [a, b] = [laid.scale.x(scene.from[held.hover]), laid.scale.x(scene.to[held.hover])];
    ctx.strokeStyle = THEME.hover;
    ctx.lineWidth = 2;
    const tall = Math.max(4, laid.edge(held.row + 1) - laid.edge(held.row));
    ctx.strokeRect(Math.min(a, b) - 1, laid.edge(held.row) - 1, Math.abs(b - a) + 2, tall + 2);
  }
};
