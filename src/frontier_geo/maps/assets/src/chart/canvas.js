/** A canvas as large as its element, sharp at every pixel ratio, drawn at most twice for a frame. */
import { createTurns } from "../state/turns.js";

const WIDTHS = new Map();
const MOST_WIDTHS = 4000;

/** The width of a text in the context's present font; remembered. */
export const textWidth = (ctx, text) => {
  const key = `${ctx.font}\n${text}`;
  let width = WIDTHS.get(key);
  if (width === undefined) {
    if (WIDTHS.size > MOST_WIDTHS) WIDTHS.clear();
    width = ctx.measureText(text).width;
    WIDTHS.set(key, width);
  }
  return width;
};

/** One text; `align` is left, center or right on the sheet, whatever the language. */
export const write = (ctx, text, x, y, { colour, fontOf, align = "left", dir = "ltr" } = {}) => {
  if (fontOf) ctx.font = fontOf;
  if (colour) ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.direction = dir;
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y);
};

/**
 * Put a canvas into `host` and keep it as large as `host`. `draw(ctx, width, height)` works in CSS
 * pixels on a cleared canvas; `sized()` is called before the size is taken. Returns {canvas, ctx, size,
 * request, now, measure, stop}.
 */
export const createSurface = (host, draw, sized = () => {}) => {
  const canvas = document.createElement("canvas");
  canvas.className = "fg-surface";
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  const ctx = canvas.getContext("2d");
  const size = { width: 0, height: 0 };
  let stopped = false;
  const paint = () => {
    const { width, height } = size;
    if (stopped || width < 20 || height < 20) return;
    const ratio = Math.min(4, window.devicePixelRatio || 1);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    ctx.setTransform(w / width, 0, 0, h / height, 0, 0);
    ctx.clearRect(0, 0, width, height);
    draw(ctx, width, height);
  };
  const { now, request } = createTurns(paint);
  const measure = () => {
    sized();
    size.width = host.clientWidth;
    size.height = host.clientHeight;
    now();
  };
  /** An observer speaks up at first, too, when nothing has changed. */
  const remeasure = () => {
    if (host.clientWidth !== size.width || host.clientHeight !== size.height) measure();
  };
  const observer = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(remeasure);
  if (observer) observer.observe(host);
  window.addEventListener("resize", measure);
  const stop = () => {
    if (observer) observer.disconnect();
    window.removeEventListener("resize", measure);
    stopped = true;
  };
  return { canvas, ctx, size, request, now, measure, stop };
};
