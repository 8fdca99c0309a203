// The shipped border, and a pen that remembers what is drawn: for the tests of the map.
import { readFileSync } from "node:fs";
import { load } from "./helpers.js";

const { readBorder } = await load("map/geometry.js");
const { makeView } = await load("map/view.js");

const BORDER = new URL("../../data/boundaries/border.geojson", import.meta.url);
const RADIANS = Math.PI / 180;

/** head.boundary as Python writes it, but with lengths on a sphere: good to 0.1 %. */
export const encodeLine = (coordinates) => {
  const line = [];
  const metres = [];
  let [x, y] = [0, 0];
  coordinates.forEach(([lon, lat], i) => {
    const [nextX, nextY] = [Math.round(lon * 1e5), Math.round(lat * 1e5)];
    line.push(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
    if (i === 0) {
      metres.push(0);
      return;
    }
    const [lastLon, lastLat] = coordinates[i - 1];
    const east = (lon - lastLon) * RADIANS * Math.cos(((lat + lastLat) / 2) * RADIANS);
    metres.push(Math.hypot(east, (lat - lastLat) * RADIANS) * 6371008.8);
  });
  return { line, metres };
};

export const shippedBorder = () => {
  const { features } = JSON.parse(readFileSync(BORDER, "utf8"));
  return readBorder(encodeLine(features[0].geometry.coordinates));
};

/** A view that shows a line, its corner at the line's. */
export const viewOf = (line, zoom, { width = 1100, height = 530, margin = 40 } = {}) => {
  const scale = 2 ** zoom;
  const left = line.west * scale - margin;
  return makeView({ zoom, left, top: line.north * scale - margin, width, height });
};

/** A context that keeps the calls made to it, and sets letters 6 pixels wide. */
export const makePen = () => {
  const calls = [];
  const kept = { calls, measureText: (text) => ({ width: 6 * Array.from(text).length }) };
  return new Proxy(kept, {
    get: (target, name) => {
      if (name in target) return target[name];
      return (...given) => calls.push([name, ...given]);
    },
    set: (target, name, value) => {
      calls.push(["set", name, value]);
      return true;
    },
  });
};

/** Corners [x, y, …] of a convex shape as points, turned so that their area is positive. */
const pointsOf = (flat) => {
  const points = [];
  for (let i = 0; i < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
  return signedArea(points) < 0 ? points.reverse() : points;
};

const signedArea = (points) =>
  points.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);

/** The area that two convex shapes share (Sutherland and Hodgman, 1974). */
export const sharedArea = (a, b) => {
  let left = pointsOf(a);
  const knife = pointsOf(b);
  knife.forEach(([px, py], i) => {
    const [qx, qy] = knife[(i + 1) % knife.length];
    const far = ([x, y]) => (qx - px) * (y - py) - (qy - py) * (x - px);
    left = left.flatMap((point, k) => {
      const next = left[(k + 1) % left.length];
      const [here, there] = [far(point), far(next)];
      const kept = here >= 0 ? [point] : [];
      if (here >= 0 === there >= 0) return kept;
      const share = here / (here - there);
      return [...kept, [point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])]];
    });
  });
  return left.length < 3 ? 0 : Math.abs(signedArea(left));
};

/** Columns of incidents with a place, for the map: [{lon, lat, type, precision, chainage, located}]. */
export const placedColumns = (incidents) => {
  const missing = -2147483648;
  const units = (value) => (value === null || value === undefined ? missing : Math.round(value * 1e5));
  return {
    n: incidents.length,
    lon: Int32Array.from(incidents, ({ lon }) => units(lon)),
    lat: Int32Array.from(incidents, ({ lat }) => units(lat)),
    type: Uint16Array.from(incidents, ({ type = 0 }) => type),
    precision: Uint8Array.from(incidents, ({ precision = 0 }) => precision),
    located: Uint8Array.from(incidents, ({ located = 1 }) => located),
    chainage: Int32Array.from(incidents, ({ chainage = -1 }) => chainage),
    stretch: Uint16Array.from(incidents, ({ stretch = 0 }) => stretch),
    radius: new Uint16Array(incidents.length),
  };
};
