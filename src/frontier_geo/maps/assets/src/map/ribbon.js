import { PALETTE } from "./palette.js";
import { screenLine, simplified, traceFlat } from "./view.js";

const CASING = 2.6; // wider than the colour by so much
const HALO = 6.5;
const STEP = 0.5; // px between vertices that are looked at
const TOLERANCE = 0.3; // px by which the line may leave them

/** The segments as lines in world coordinates, cut from the border once. */
export const segmentLines = (border, segments) =>
  segments.from.map((from, i) => border.slice(from, segments.to[i]));

/** How much wider than its classes say the ribbon is drawn: more when near, less on small maps. */
export const ribbonScale = (zoom) => Math.min(1.4, Math.max(0.8, 1 + (zoom - 7) * 0.12));

/** Width in pixels of each class (zero, the classes, missing) at a zoom. */
export const ribbonWidths = (rates, zoom) => rates.widths.map((width) => width * ribbonScale(zoom));

const cache = { view: null, lines: null, flats: null };

const flatsOf = (lines, view) => {
  if (cache.view !== view || cache.lines !== lines) {
    const margin = 30;
    const flatOf = (line) => simplified(screenLine(line, view, STEP), TOLERANCE);
    cache.flats = lines.map((line) => (view.sees(line, margin) ? flatOf(line) : null));
    Object.assign(cache, { view, lines });
  }
  return cache.flats;
};

/** The border itself, as a thin dark line: what the bars stand beside. */
export const drawBaseline = (ctx, view, lines) => {
  const flats = flatsOf(lines, view);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  ctx.beginPath();
  for (const flat of flats) if (flat) traceFlat(ctx, flat);
  ctx.strokeStyle = PALETTE.haloSoft;
  ctx.lineWidth = 5;
  ctx.stroke();
  ctx.strokeStyle = PALETTE.baseline;
  ctx.lineWidth = 2;
  ctx.stroke();
};

/**
 * Draw the ribbon: white ground, dark casing, then the colours, hot classes over cool ones.
 * `classOf` holds the class of each segment.
 */
export const drawRibbon = (ctx, view, { lines, classOf, rates }) => {
  const flats = flatsOf(lines, view);
  const widths = ribbonWidths(rates, view.zoom);
  const missing = widths.length - 1;
  const order = [missing, ...widths.keys()].slice(0, widths.length); // missing below all
  const members = widths.map(() => []);
  flats.forEach((flat, i) => {
    if (flat) members[Math.min(missing, classOf[i])].push(flat);
  });
  const stroke = (index, colour, width, cap) => {
    if (!members[index].length) return;
    ctx.beginPath();
    let [endX, endY] = [NaN, NaN];
    for (const flat of members[index]) {
      traceFlat(ctx, flat, flat[0] === endX && flat[1] === endY); // neighbours of one class are one line
      [endX, endY] = flat.slice(-2);
    }
    ctx.lineCap = cap;
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  };
  ctx.lineJoin = "round";
  for (const index of order) stroke(index, PALETTE.haloSoft, widths[index] + HALO, "round");
  for (const index of order) {
    const zero = index === 0;
    stroke(index, zero ? PALETTE.casingZero : PALETTE.casing, widths[index] + (zero ? 1.8 : CASING), "round");
  }
  for (const index of order) stroke(index, rates.colours[index], widths[index], "butt");
};
