import { PALETTE } from "./palette.js";
import { symbolRadius } from "./points.js";
import { ribbonWidths } from "./ribbon.js";
import { screenLine, traceFlat } from "./view.js";
import { landmarkRadius } from "./names.js";

/** An outline along a line: a wide stroke with its middle taken out again. */
const outline = (ctx, flat, inner, width, alpha) => {
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  ctx.beginPath();
  traceFlat(ctx, flat);
  ctx.strokeStyle = PALETTE.mark;
  ctx.globalAlpha = alpha;
  ctx.lineWidth = inner + 2 * width;
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.globalCompositeOperation = "destination-out";
  ctx.lineWidth = inner;
  ctx.stroke();
  ctx.globalCompositeOperation = "source-over";
};

const markSegment = (ctx, view, scene, id, strong) => {
  if (scene.style === "bars" && scene.bars(view)[id]) {
    const corners = scene.bars(view)[id];
    ctx.beginPath();
    traceFlat(ctx, corners);
    ctx.closePath();
    ctx.lineJoin = "round";
    ctx.strokeStyle = PALETTE.mark;
    ctx.lineWidth = strong ? 3.5 : 2.5;
    ctx.stroke();
  }
  const line = scene.lines[id];
  if (!line || !view.sees(line, 30)) return;
  const width = scene.style === "bars" ? 3 : ribbonWidths(scene.rates, view.zoom)[scene.classOf?.[id] ?? 0];
  outline(ctx, screenLine(line, view), width + 3, strong ? 4 : 3, strong ? 1 : 0.85);
};

/** A stretch: the whole piece of the border on which it may have happened, and its band. */
const markStretch = (ctx, view, scene, item, band, strong) => {
  const flat = screenLine(scene.border.slice(item.from, item.to), view);
  ctx.beginPath();
  traceFlat(ctx, flat);
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  ctx.strokeStyle = PALETTE.band;
  ctx.globalAlpha = strong ? 0.5 : 0.38;
  ctx.lineWidth = 20;
  ctx.stroke();
  ctx.globalAlpha = 1;
  if (band) outline(ctx, band.flat, 6, 2.5, 1);
};

const markPlace = (ctx, view, scene, e, strong) => {
  const { places } = scene;
  const x = view.x(places.x[e] + places.x0);
  const y = view.y(places.y[e] + places.y0);
  const radius = symbolRadius(scene.places, view.zoom) * 1.25 + 2.5;
  const around = scene.columns.radius[e];
  if (strong && around > 0 && around < 65535) {
    ctx.beginPath();
    ctx.arc(x, y, (around * 100) / view.metres, 0, 2 * Math.PI);
    ctx.fillStyle = PALETTE.mark;
    ctx.globalAlpha = 0.09;
    ctx.fill();
    ctx.globalAlpha = 0.9;
    ctx.setLineDash([5, 5]);
    ctx.strokeStyle = PALETTE.mark;
    ctx.lineWidth = 1.8;
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.strokeStyle = PALETTE.halo;
  ctx.lineWidth = 5;
  ctx.stroke();
  ctx.strokeStyle = PALETTE.mark;
  ctx.lineWidth = strong ? 3 : 2.4;
  ctx.stroke();
};

const bandOf = (scene, view, kind, id) =>
  scene.layers.stretches ? scene.bands(view).find((band) => band.kind === kind && band.id === id) : null;

const markIncident = (ctx, view, scene, e, strong) => {
  if (scene.places.placed[e]) markPlace(ctx, view, scene, e, strong);
  const stretch = scene.columns.stretch[e] - 1;
  if (!scene.places.placed[e] && stretch >= 0) {
    markStretch(
      ctx,
      view,
      scene,
      scene.head.stretches[stretch],
      bandOf(scene, view, "stretch", stretch),
      strong,
    );
  }
};

/** Draw what is picked (strong) or hovered. Needs a canvas of its own: outlines are cut out. */
export const drawMark = (ctx, view, scene, pick, strong) => {
  if (!pick) return;
  const { kind, id } = pick;
  if (kind === "segment" || (kind === "year" && id !== undefined && id !== null)) {
    markSegment(ctx, view, scene, id, strong);
  } else if (kind === "stretch" && scene.head.stretches[id]) {
    markStretch(ctx, view, scene, scene.head.stretches[id], bandOf(scene, view, kind, id), strong);
  } else if (kind === "cell" && scene.head.cells?.[id]) {
    markStretch(ctx, view, scene, scene.head.cells[id], bandOf(scene, view, kind, id), strong);
  } else if (kind === "referent" && scene.landmarks[id]) {
    const item = scene.landmarks[id];
    ctx.beginPath();
    ctx.arc(view.x(item.x), view.y(item.y), landmarkRadius(view.zoom) + 3, 0, 2 * Math.PI);
    ctx.strokeStyle = PALETTE.mark;
    ctx.lineWidth = 3;
    ctx.stroke();
  } else if (scene.places && kind === "incident") {
    markIncident(ctx, view, scene, id, strong);
  } else if (scene.places && kind === "incidents" && pick.ids.length) {
    markIncident(ctx, view, scene, pick.ids[0], strong);
  }
};
