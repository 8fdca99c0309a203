import { PALETTE } from "./palette.js";

const FAMILY = 'system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const RTL = /^[^A-Za-z\u00c0-\u058f]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const JOINED = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/; // scripts whose letters must not be spaced

/** Whether a text begins with a letter written from right to left. */
export const isRtl = (text) => RTL.test(text);

export const fontOf = ({ weight = 400, size = 12, italic = false }) =>
  `${italic ? "italic " : ""}${weight} ${size}px ${FAMILY}`;

const spacingOf = (text, style) => (JOINED.test(text) ? 0 : (style.spacing || 0) * style.size);

const widths = new Map();

/** Width of a text in a style, letter spacing included. */
export const textWidth = (ctx, text, style) => {
  const font = fontOf(style);
  const key = `${font}\u0000${style.spacing || 0}\u0000${text}`;
  if (widths.has(key)) return widths.get(key);
  if (widths.size > 4000) widths.clear();
  ctx.font = font;
  const spacing = spacingOf(text, style);
  const letters = Array.from(text);
  const width = spacing
    ? letters.reduce((sum, letter) => sum + ctx.measureText(letter).width + spacing, -spacing)
    : ctx.measureText(text).width;
  widths.set(key, width);
  return width;
};

/** Forget measured widths: a font has been loaded since. */
export const forgetWidths = () => widths.clear();

const LINE = 1.22; // line height, in sizes

/** A text as one line, or as two of about the same width where it is wider than `widest`. */
export const wrapText = (ctx, text, style, widest) => {
  const words = text.split(/ (?!–)/); // a dash stays at the end of its line
  if (words.length < 2 || textWidth(ctx, text, style) <= widest) return [text];
  const halves = words
    .slice(1)
    .map((_, i) => [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")]);
  const wider = (lines) => Math.max(...lines.map((line) => textWidth(ctx, line, style)));
  return halves.reduce((best, lines) => (wider(lines) < wider(best) ? lines : best));
};

/** Width and height of lines of text. */
export const sizeOf = (ctx, lines, style) => ({
  w: Math.max(...lines.map((line) => textWidth(ctx, line, style))),
  h: Math.round(style.size * (LINE * lines.length + 0.03)),
});

const runsOf = (ctx, line, style) => {
  const spacing = spacingOf(line, style);
  if (!spacing) return { runs: [[line, 0]], align: "center" };
  let at = -textWidth(ctx, line, style) / 2;
  ctx.font = fontOf(style);
  const runs = [];
  for (const letter of line) {
    runs.push([letter, at]);
    at += ctx.measureText(letter).width + spacing;
  }
  return { runs, align: "left" };
};

/** Draw lines of text around (x, y), with a halo; letters spaced where the script allows. */
export const drawText = (ctx, lines, x, y, style, angle = 0) => {
  ctx.save();
  ctx.translate(x, y);
  if (angle) ctx.rotate(angle);
  ctx.direction = isRtl(lines[0]) ? "rtl" : "ltr";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  ctx.strokeStyle = PALETTE.halo;
  ctx.lineWidth = style.halo ?? 3;
  ctx.fillStyle = style.colour;
  const laid = lines.map((line, i) => ({
    ...runsOf(ctx, line, style),
    down: (i - (lines.length - 1) / 2) * style.size * LINE,
  }));
  ctx.font = fontOf(style);
  for (const paint of ["strokeText", "fillText"]) {
    ctx.globalAlpha = paint === "strokeText" ? 0.85 : 1;
    for (const { runs, align, down } of laid) {
      ctx.textAlign = align;
      for (const [run, at] of runs) ctx[paint](run, at, down);
    }
  }
  ctx.restore();
};
