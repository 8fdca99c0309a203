import { laneOffset, middleOf } from "./bands.js";
import { createBusy, placeLabels } from "./labels.js";
import { landmarkRadius, namesOf } from "./names.js";
import { PALETTE } from "./palette.js";
import { isFaint } from "./points.js";
import { ribbonWidths } from "./ribbon.js";
import { drawLandmark } from "./symbols.js";
import { drawText } from "./text.js";
import { lastOf, screenLine } from "./view.js";

const CROWD = 5000; // more incidents with a place than this are no obstacle to names

/** Mark the ribbon or the bars, and what lies beside them. Returns the boxes of bands' numbers. */
const markBorder = (busy, view, scene, lanes) => {
  const { layers, lines, rates } = scene;
  const asBars = scene.style === "bars";
  const half = layers.ribbon && !asBars ? Math.max(...ribbonWidths(rates, view.zoom)) / 2 + 2 : 3;
  for (const line of lines) if (view.sees(line, 20)) busy.markLine(screenLine(line, view, 3), half);
  if (layers.ribbon && asBars) {
    for (const shape of scene.bars(view)) if (shape) busy.markLine([...shape, shape[0], shape[1]], 2);
  }
  if (!layers.stretches) return [];
  for (const band of lanes) busy.markLine(band.flat, 2, 1);
  return lanes
    .filter((band) => !band.outer)
    .map((band) => middleOf(band.flat))
    .map(([x, y]) => [x - 8, y - 7, x + 8, y + 7]);
};

/** Mark the symbols of incidents, all of them, so that names stay put while filters change. */
const markIncidents = (busy, view, { places, layers }) => {
  const symbols = [];
  if (!layers.incidents || !places || places.count > CROWD || isFaint(places, view.zoom)) return symbols;
  for (let e = 0; e < places.n; e += 1) {
    if (!places.placed[e]) continue;
    const [x, y] = [view.x(places.x[e] + places.x0), view.y(places.y[e] + places.y0)];
    if (!view.holds(x, y, 10)) continue;
    busy.markBox(x - 7, y - 7, x + 7, y + 7);
    symbols.push([x, y]);
  }
  return symbols;
};

const drawTown = (ctx, { x, y, town }) => {
  ctx.beginPath();
  if (town.capital === 1) ctx.rect(x - 3, y - 3, 6, 6);
  else ctx.arc(x, y, 2.4, 0, 2 * Math.PI);
  ctx.strokeStyle = PALETTE.halo;
  ctx.lineWidth = 2.4;
  ctx.stroke();
  ctx.fillStyle = PALETTE.ink;
  ctx.fill();
};

/** The drawing of signs, towns and names; their places are found once for each view. */
export const createNames = (scene, { lanes, baseline }) => {
  const { words, head } = scene;
  const pen = () => document.createElement("canvas").getContext("2d");

  const layout = lastOf((view) => {
    const { layers } = scene;
    const busy = createBusy(view.width, view.height);
    const numbers = markBorder(busy, view, scene, lanes(view));
    const symbols = markIncidents(busy, view, scene);
    const signs = layers.landmarks ? scene.signs(view) : [];
    const radius = landmarkRadius(view.zoom);
    const boxes = signs
      .map((item) => [view.x(item.x), view.y(item.y)])
      .map(([x, y]) => [x - radius, y - radius, x + radius, y + radius]);
    const reach = layers.stretches && head.stretches.length ? laneOffset(2, view.zoom) + 12 : 22;
    const names = namesOf(pen(), view, { ...scene, layers, smoothed: baseline(view.zoom), reach });
    const placed = placeLabels(names, {
      frame: view.frame,
      busy,
      taken: [...view.controls, ...boxes, ...numbers],
    });
    const covered = ({ x, y }) => symbols.some(([px, py]) => Math.hypot(px - x, py - y) < 7);
    const towns = placed.map(({ label }) => label).filter((label) => label.town && !covered(label));
    return { signs, placed, towns };
  });

  return (ctx, view) => {
    const { layers, style, base, places } = scene;
    const { signs, placed, towns } = layout(view, words.lang, layers, style, base, places);
    for (const label of towns) drawTown(ctx, label);
    const radius = landmarkRadius(view.zoom);
    for (const item of signs) drawLandmark(ctx, item.kind, view.x(item.x), view.y(item.y), radius);
    for (const { label, box } of placed) {
      drawText(ctx, label.lines, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, label.style, box[5] || 0);
    }
  };
};
