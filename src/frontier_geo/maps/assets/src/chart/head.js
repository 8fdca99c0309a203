/** The line above a diagram: what the axis says, and what band and line are. */
import { wrapped } from "../save/wrap.js";
import { textWidth, write } from "./canvas.js";
import { THEME, font } from "./theme.js";

const SIGN = 18; // px of a sample
const GAP = 14;
const SIZE = 11.5;
const LINE = 17; // px from one line to the next, where there is room

const drawSample = (ctx, kind, x, y) => {
  if (kind === "band") {
    ctx.fillStyle = THEME.band;
    ctx.fillRect(x, y - 5, SIGN, 10);
    ctx.fillStyle = THEME.bandEdge;
    ctx.fillRect(x, y - 5, SIGN, 1);
    return;
  }
  ctx.fillStyle = THEME.line;
  ctx.fillRect(x, y - 1, SIGN, 2);
};

/** The entries that stand in the head, as [{kind, text}]: kind null is text alone. */
export const headEntries = (scene, { band, line, beyond }) =>
  [
    band && { kind: "band", text: beyond ? scene.bandCut : scene.bandName },
    line && { kind: "line", text: scene.lineName },
    scene.frozen && { kind: null, text: scene.frozen },
  ].filter(Boolean);

/** How far the text of an entry is set in: by its sample, or as the piece before it. */
const indentOf = (entry) => entry.indent || (entry.kind ? SIGN + 5 : 0);

/** An entry as pieces that each fit in a line; only the first one has the sample. */
const piecesOf = (entry, room, measure) => {
  const indent = indentOf(entry);
  if (measure(entry.text) + indent <= room) return [entry];
  const lines = wrapped(entry.text, Math.max(20, room - indent), measure);
  return lines.map((text, i) => ({ ...entry, text, kind: i ? null : entry.kind, indent }));
};

/**
 * How the head is laid out: the entries in one line between `left` and `right`, or in as many lines as
 * it takes: [[{x, entry}, …], …].
 */
export const layHead = (entries, { left, right, measure }) => {
  const lines = [[]];
  let x = left;
  for (const entry of entries.flatMap((one) => piecesOf(one, right - left, measure))) {
    const width = measure(entry.text) + indentOf(entry);
    if (x > left && x + width > right) {
      lines.push([]);
      x = left;
    }
    lines[lines.length - 1].push({ x, entry });
    x += width + GAP;
  }
  return lines;
};

const linesOf = (ctx, scene, places, shown) => {
  ctx.font = font(SIZE);
  const entries = [{ kind: null, text: scene.title, strong: true }, ...headEntries(scene, shown)];
  return layHead(entries, { ...places, measure: (text) => textWidth(ctx, text) });
};

/** How many lines the head of a scene takes in that width, at most. */
export const headLines = (ctx, scene, width, shown) =>
  linesOf(ctx, scene, { left: 0, right: width }, { ...shown, beyond: true }).length;

/** Draw the head; head: {height, left, right} are its place on the sheet, the rest says what is shown. */
export const drawHead = (ctx, frame, scene, { left = 8, right = frame.width - 8, ...shown }) => {
  const rtl = scene.dir === "rtl";
  const lines = linesOf(ctx, scene, { left, right }, shown);
  const each = Math.min(LINE, frame.head / lines.length);
  const top = (frame.head - each * lines.length) / 2;
  lines.forEach((line, row) => {
    const y = top + each * (row + 0.5) + 1;
    for (const { x, entry } of line) {
      const start = rtl ? right - (x - left) : x; // the edge where reading begins
      const indent = indentOf(entry);
      if (entry.kind) drawSample(ctx, entry.kind, rtl ? start - SIGN : start, y);
      write(ctx, entry.text, rtl ? start - indent : start + indent, y, {
        colour: entry.strong ? THEME.ink : THEME.soft,
        align: rtl ? "right" : "left",
        dir: scene.dir,
        fontOf: font(SIZE),
      });
    }
  });
};
