// Small canvases for the legend, the filters and the table: drawn by the code that draws the map.
import { drawLandmark, drawSymbol } from "../map/symbols.js";
import { PALETTE } from "../map/palette.js";
import { el } from "./dom.js";

const sharp = () => Math.min(3, Math.max(2, window.devicePixelRatio || 1));

/** A canvas of so many CSS pixels; screen readers do not hear of it. */
const picture = (width, height, draw, className = "fg-picture") => {
  const k = sharp();
  const canvas = el("canvas", {
    class: className,
    width: width * k,
    height: height * k,
    "aria-hidden": "true",
  });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext("2d");
  if (ctx) {
    ctx.scale(k, k);
    draw(ctx, width, height);
  }
  return canvas;
};

export const symbolPicture = (shape, colour, options) =>
  picture(20, 20, (ctx) => drawSymbol(ctx, shape, colour, 10, 10, 6, options));

/** Several incidents at one place: the dot with a number beside it. */
export const severalPicture = (number) =>
  picture(44, 20, (ctx) => {
    drawSymbol(ctx, "circle", PALETTE.several, 16, 11, 6, { several: true });
    ctx.font = "700 10px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.arc(29, 7, 6.5, 0, 2 * Math.PI);
    ctx.fillStyle = PALETTE.halo;
    ctx.strokeStyle = PALETTE.outline;
    ctx.fill();
    ctx.stroke();
    ctx.fillStyle = PALETTE.outline;
    ctx.fillText(number, 29, 7.5);
  });

const stroke = (ctx, colour, width, from, to, y) => {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
  ctx.stroke();
};

/** A piece of the ribbon: its colour and width in its dark casing. */
export const linePicture = (colour, width) =>
  picture(44, 18, (ctx, w, h) => {
    stroke(ctx, PALETTE.casing, width + 2.6, 2, w - 2, h / 2);
    stroke(ctx, colour, width, 2, w - 2, h / 2);
  });

/** A bar beside the border, standing for a rate. */
export const barPicture = (colour, pixels) => {
  const tall = Math.max(6, Math.min(60, pixels));
  return picture(44, tall + 8, (ctx, w, h) => {
    ctx.fillStyle = colour;
    ctx.strokeStyle = PALETTE.casing;
    ctx.fillRect(16, h - 4 - tall, 12, tall);
    ctx.strokeRect(16, h - 4 - tall, 12, tall);
    stroke(ctx, PALETTE.baseline, 2.4, 4, w - 4, h - 3);
  });
};

/** A band beside the border: of one stretch (hatched) or of several longer ones. */
export const bandPicture = (hatched) =>
  picture(44, 18, (ctx, w, h) => {
    ctx.globalAlpha = hatched ? 0.25 : 0.5;
    stroke(ctx, PALETTE.band, 7, 2, w - 2, h / 2);
    if (!hatched) return;
    ctx.globalAlpha = 0.85;
    ctx.setLineDash([2, 3]);
    stroke(ctx, PALETTE.band, 7, 2, w - 2, h / 2);
  });

export const landmarkPicture = (kind) => picture(20, 20, (ctx) => drawLandmark(ctx, kind, 10, 10, 8));
