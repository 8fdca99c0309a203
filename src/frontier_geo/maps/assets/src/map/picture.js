import { lengthText, roundLength } from "./controls.js";
import { PALETTE } from "./palette.js";
import { drawText } from "./text.js";
import { makeView } from "./view.js";

const paint = (part, ctx, view) => {
  const alpha = part.alpha ? part.alpha(view) : 1;
  if (!part.own) {
    part.draw(ctx, view);
    return;
  }
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(view.width * view.ratio);
  canvas.height = Math.round(view.height * view.ratio);
  const own = canvas.getContext("2d");
  own.scale(view.ratio, view.ratio);
  part.draw(own, view);
  ctx.globalAlpha = alpha;
  ctx.drawImage(canvas, 0, 0, view.width, view.height);
  ctx.globalAlpha = 1;
};

const drawScale = (ctx, view, words) => {
  const { metres, pixels } = roundLength(view.metres, 110);
  const [x, y] = [12, view.height - 12];
  ctx.beginPath();
  ctx.moveTo(x, y - 5);
  ctx.lineTo(x, y);
  ctx.lineTo(x + pixels, y);
  ctx.lineTo(x + pixels, y - 5);
  for (const [colour, width] of [
    [PALETTE.halo, 5],
    [PALETTE.ink, 2],
  ]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
  drawText(ctx, [lengthText(words, metres)], x + pixels / 2, y - 12, { size: 11.5, colour: PALETTE.ink });
};

/** Draw all layers in the order in which the screen shows them, and a scale; no online tiles. */
export const drawPicture = (ctx, scene, view) => {
  const order = (part) => (part.order ? part.order(view) : part.z);
  const parts = [...scene.parts].sort((a, b) => order(a) - order(b));
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, view.width, view.height);
  ctx.clip();
  for (const part of parts) paint(part, ctx, view);
  drawScale(ctx, view, scene.words);
  ctx.restore();
};

/** The view of a picture of width × height that shows at least what the map shows now. */
export const pictureView = (leaflet, width, height, ratio) => {
  const size = leaflet.getSize();
  const zoom = leaflet.getZoom() + Math.log2(Math.min(width / size.x, height / size.y));
  const centre = leaflet.project(leaflet.getCenter(), zoom);
  const [left, top] = [centre.x - width / 2, centre.y - height / 2];
  return { ...makeView({ zoom, left, top, width, height, ratio }), picture: true };
};

/** `snapshot({scale})` and `drawTo(ctx, width, height)`: the same drawing as on the screen. */
export const createPictures = (leaflet, scene) => ({
  snapshot: async ({ scale = 2 } = {}) => {
    const size = leaflet.getSize();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(size.x * scale);
    canvas.height = Math.round(size.y * scale);
    const ctx = canvas.getContext("2d");
    ctx.scale(scale, scale);
    drawPicture(ctx, scene, pictureView(leaflet, size.x, size.y, scale));
    return canvas;
  },
  drawTo: (ctx, width, height) => {
    const { a, b } = ctx.getTransform();
    drawPicture(ctx, scene, pictureView(leaflet, width, height, Math.hypot(a, b) || 1));
  },
});
