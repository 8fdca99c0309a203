import { toPiece, nearestOnBorder } from "./geometry.js";
import { ribbonWidths } from "./ribbon.js";
import { symbolRadius } from "./points.js";
import { landmarkRadius } from "./names.js";
import { NEAR_ZOOM } from "./view.js";

/** The segment that holds a chainage, or -1. */
export const segmentAt = (segments, km) => {
  const { from, to } = segments;
  let low = 0;
  let high = from.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (km < from[middle]) high = middle - 1;
    else if (km >= to[middle] && middle < from.length - 1) low = middle + 1;
    else return km <= to[middle] ? middle : -1;
  }
  return -1;
};

/** Distance from a point to a flat line [x, y, …]. */
export const distanceToFlat = (flat, px, py) => {
  let least = Infinity;
  for (let i = 2; i < flat.length; i += 2) {
    const [far] = toPiece(px, py, flat[i - 2], flat[i - 1], flat[i], flat[i + 1]);
    if (far < least) least = far;
  }
  return Math.sqrt(least);
};

/** Whether a point lies in the convex shape with these corners [x, y, …]. */
export const inCorners = (corners, px, py) => {
  let sign = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const j = (i + 2) % corners.length;
    const turn =
      (corners[j] - corners[i]) * (py - corners[i + 1]) -
      (corners[j + 1] - corners[i + 1]) * (px - corners[i]);
    if (turn !== 0 && sign !== 0 && Math.sign(turn) !== sign) return false;
    if (turn !== 0) sign = Math.sign(turn);
  }
  return true;
};

/**
 * Visible incidents at a place of the view: those of the nearest spot, newest first. When the map
 * is small, all whose symbols lie over each other there.
 */
export const incidentsAt = (scene, view, px, py, reach) => {
  const { places, visible, columns } = scene;
  if (!places || !places.count) return [];
  const radius = symbolRadius(scene.places, view.zoom) + reach;
  const near = view.zoom >= NEAR_ZOOM;
  const [x, y] = view.world(px, py);
  const grid = scene.grid();
  let [best, least] = [-1, Infinity];
  grid.near(x, y, radius / view.scale, (e, far) => {
    if (visible[e] && (far < least || (far === least && e > best))) [best, least] = [e, far];
  });
  if (best < 0) return [];
  const found = [];
  const [bx, by] = [places.x[best] + places.x0, places.y[best] + places.y0];
  const spread = near ? 1e-9 : 2.5 / view.scale;
  grid.near(bx, by, spread + 1e-9, (e) => {
    const same = !near || (columns.lon[e] === columns.lon[best] && columns.lat[e] === columns.lat[best]);
    if (visible[e] && same) found.push(e);
  });
  return found.sort((a, b) => b - a);
};

const incidentPick = (ids) =>
  ids.length === 1 ? { kind: "incident", id: ids[0] } : { kind: "incidents", ids };

/**
 * What lies under a point of the view, from the top layer down; null for nothing. `reach` is how
 * many pixels beside a thing still mean it: more for fingers.
 */
export const pickAt = (scene, view, px, py, reach) => {
  const { layers } = scene;
  const near = view.zoom >= NEAR_ZOOM;
  const incidents = () => {
    const ids = layers.incidents && scene.visible ? incidentsAt(scene, view, px, py, reach) : [];
    return ids.length ? incidentPick(ids) : null;
  };
  const landmarks = () => {
    if (!layers.landmarks) return null;
    const radius = landmarkRadius(view.zoom) + reach / 2;
    const near = (item) => Math.hypot(view.x(item.x) - px, view.y(item.y) - py) <= radius;
    const item = scene.signs(view).find((sign) => sign.id !== null && near(sign));
    return item ? { kind: "referent", id: item.id } : null;
  };
  const bands = () => {
    if (!layers.stretches) return null;
    let [best, least] = [null, 4.5 + reach / 2];
    for (const band of scene.bands(view)) {
      const far = band.count ? distanceToFlat(band.flat, px, py) : Infinity;
      if (far < least) [best, least] = [band, far];
    }
    return best && { kind: best.kind, id: best.id };
  };
  const segment = () => {
    if (!layers.ribbon) return null;
    const bar =
      scene.style === "bars" ? scene.bars(view).findIndex((shape) => shape && inCorners(shape, px, py)) : -1;
    if (bar >= 0) return { kind: "segment", id: bar };
    const half = Math.max(...ribbonWidths(scene.rates, view.zoom)) / 2 + 1.5 + reach / 2;
    const hit = nearestOnBorder(scene.border, ...view.world(px, py), half / view.scale);
    const id = hit ? segmentAt(scene.segments, hit.km) : -1;
    return id < 0 ? null : { kind: "segment", id };
  };
  return near
    ? landmarks() || incidents() || bands() || segment()
    : landmarks() || bands() || segment() || incidents();
};
