/** The view as one picture: title, map, legend, diagram, sources. */
import { THEME, font } from "../chart/theme.js";
import { drawSymbol } from "../map/symbols.js";
import { classEntries, typeEntries, wordsOf } from "./sheet.js";
import { flowed, wrapped } from "./wrap.js";

const WIDTH = 1280;
const SCALE = 2;
const MARGIN = 28;
const CHART_HEIGHT = 270;
const ASPECT = [0.42, 0.85]; // height of the map to its width, least and most
const SAMPLE = 34;

/** A canvas of CSS pixels at a scale, with its context scaled. */
export const sheetOf = (width, height, scale) => {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  return { canvas, ctx };
};

/** Height of the map to its width, as on the screen within bounds. */
export const mapAspect = (element) => {
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 ? Math.min(ASPECT[1], Math.max(ASPECT[0], height / width)) : 0.5;
};

/** Draw the sample of one legend entry in a box of SAMPLE px around y. */
export const drawSample = (ctx, entry, x, y) => {
  if (entry.kind === "symbol") return drawSymbol(ctx, entry.shape, entry.colour, x + SAMPLE / 2, y, 6);
  const tall = entry.kind === "bar" ? 12 : entry.width;
  ctx.fillStyle = entry.casing;
  ctx.fillRect(x, y - tall / 2 - 1.3, SAMPLE, tall + 2.6);
  ctx.fillStyle = entry.colour;
  ctx.fillRect(
    x + (entry.kind === "bar" ? 1.3 : 0),
    y - tall / 2,
    SAMPLE - (entry.kind === "bar" ? 2.6 : 0),
    tall,
  );
  return undefined;
};

/** Blocks of text and legend, one below the other: each {height, draw(ctx, y)}. */
const textBlock = (ctx, text, { size, weight = 400, colour = THEME.ink, most = 6, after = 4, dir }) => {
  const line = Math.round(size * 1.4);
  ctx.font = font(size, weight);
  const lines = wrapped(text, WIDTH - 2 * MARGIN, (part) => ctx.measureText(part).width, most);
  return {
    height: lines.length ? lines.length * line + after : 0,
    draw: (target, y) => {
      target.font = font(size, weight);
      target.fillStyle = colour;
      target.direction = dir;
      target.textAlign = dir === "rtl" ? "right" : "left";
      target.textBaseline = "middle";
      lines.forEach((one, i) =>
        target.fillText(one, dir === "rtl" ? WIDTH - MARGIN : MARGIN, y + (i + 0.5) * line),
      );
    },
  };
};

const legendBlock = (ctx, entries, dir) => {
  const row = 24;
  ctx.font = font(13);
  const widths = entries.map((entry) => Math.min(380, SAMPLE + 8 + ctx.measureText(entry.label).width));
  const rows = flowed(widths, WIDTH - 2 * MARGIN, 22);
  return {
    height: rows.length * row + (rows.length ? 6 : 0),
    draw: (target, top) =>
      rows.forEach((places, r) =>
        places.forEach(([i, x]) => {
          const y = top + (r + 0.5) * row;
          const start = dir === "rtl" ? WIDTH - MARGIN - x - SAMPLE : MARGIN + x;
          drawSample(target, entries[i], start, y);
          target.font = font(13);
          target.fillStyle = THEME.ink;
          target.direction = dir;
          target.textBaseline = "middle";
          target.textAlign = dir === "rtl" ? "right" : "left";
          const room = widths[i] - SAMPLE - 8;
          const [label = ""] = wrapped(
            entries[i].label,
            Math.max(room, 20),
            (part) => target.measureText(part).width,
            1,
          );
          target.fillText(label, dir === "rtl" ? start - 8 : start + SAMPLE + 8, y);
        }),
      ),
  };
};

const drawnBlock = (width, height, paint) => ({
  height: height + 10,
  draw: async (target, y) => {
    const { canvas, ctx } = sheetOf(width, height, SCALE);
    await paint(ctx, width, height);
    target.drawImage(canvas, MARGIN, y, width, height);
    target.strokeStyle = THEME.rule;
    target.lineWidth = 1;
    target.strokeRect(MARGIN + 0.5, y + 0.5, width - 1, height - 1);
  },
});

/** Compose the picture; a promise of its canvas. */
export const composePicture = async (app) => {
  const { dir } = app.words;
  const { title, lines, sources, version } = wordsOf(app);
  const { ctx: pen } = sheetOf(10, 10, 1);
  const inner = WIDTH - 2 * MARGIN;
  const mapHeight = Math.round(inner * mapAspect(app.map.leaflet.getContainer()));
  const classes = classEntries(app);
  const blocks = [
    textBlock(pen, title, { size: 24, weight: 700, most: 3, dir }),
    ...lines.map((line) => textBlock(pen, line, { size: 14, colour: THEME.soft, most: 4, after: 2, dir })),
    { height: 6, draw: () => {} },
    drawnBlock(inner, mapHeight, (ctx, w, h) => app.map.drawTo(ctx, w, h)),
    textBlock(pen, classes.title, { size: 13, weight: 700, most: 2, dir }),
    legendBlock(pen, classes.entries, dir),
    legendBlock(pen, typeEntries(app), dir),
    ...(app.data.segments.from.length
      ? [drawnBlock(inner, CHART_HEIGHT, (ctx, w, h) => app.chart.drawTo(ctx, w, h))]
      : []),
    ...sources.map((line) =>
      textBlock(pen, line, { size: 11.5, colour: THEME.soft, most: 4, after: 1, dir }),
    ),
    textBlock(pen, version, { size: 11.5, colour: THEME.soft, most: 3, dir }),
  ];
  const height = blocks.reduce((sum, block) => sum + block.height, 2 * MARGIN);
  const { canvas, ctx } = sheetOf(WIDTH, height, SCALE);
  ctx.fillStyle = THEME.paper;
  ctx.fillRect(0, 0, WIDTH, height);
  let y = MARGIN;
  for (const block of blocks) {
    await block.draw(ctx, y);
    y += block.height;
  }
  return canvas;
};

/** The picture as a PNG file. */
export const pictureBlob = async (app) => {
  const canvas = await composePicture(app);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))),
      "image/png",
    );
  });
};
