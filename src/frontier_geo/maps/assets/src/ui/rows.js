// Which incidents are in view, and in which order. Plain typed arrays, so that a million do not wait.
import { MISSING } from "../data/columns.js";

const POINT = 1;
const STRETCH = 2;
const OFF_BORDER = 3;
const UNIT = 1e5; // degrees in the columns are whole numbers of 1e-5

/** Absolute longitudes, latitudes (1e-5 degree) and kilometres of the vertices of the border. */
export const lineVertices = ({ line, metres }) => {
  const n = metres.length;
  const vertices = { lon: new Int32Array(n), lat: new Int32Array(n), km: new Float64Array(n) };
  let [lon, lat, along] = [0, 0, 0];
  for (let v = 0; v < n; v += 1) {
    lon += line[2 * v];
    lat += line[2 * v + 1];
    along += metres[v];
    vertices.lon[v] = lon;
    vertices.lat[v] = lat;
    vertices.km[v] = along / 1000;
  }
  return vertices;
};

const scaled = ([south, west, north, east]) => [south * UNIT, west * UNIT, north * UNIT, east * UNIT];

/** For each stretch 1 if a piece of it may lie in view: an edge of the line whose box meets the view. */
export const stretchesInView = (vertices, stretches, bounds) => {
  const [south, west, north, east] = scaled(bounds);
  const { lon, lat, km } = vertices;
  const seen = new Uint8Array(stretches.length);
  for (let v = 1; v < km.length; v += 1) {
    const outside =
      Math.max(lon[v - 1], lon[v]) < west ||
      Math.min(lon[v - 1], lon[v]) > east ||
      Math.max(lat[v - 1], lat[v]) < south ||
      Math.min(lat[v - 1], lat[v]) > north;
    if (outside) continue;
    stretches.forEach((stretch, s) => {
      if (stretch.from <= km[v] && stretch.to >= km[v - 1]) seen[s] = 1;
    });
  }
  return seen;
};

/** The incidents that pass the filters and lie in view, as they come in the columns. */
export const inView = (columns, visible, bounds, seen) => {
  const { n, lon, lat, located, stretch } = columns;
  const [south, west, north, east] = bounds ? scaled(bounds) : [-Infinity, -Infinity, Infinity, Infinity];
  const ids = new Uint32Array(n);
  let length = 0;
  for (let i = 0; i < n; i += 1) {
    if (!visible[i]) continue;
    const kind = located[i];
    const inside =
      kind === POINT || kind === OFF_BORDER
        ? lon[i] >= west && lon[i] <= east && lat[i] >= south && lat[i] <= north
        : kind === STRETCH && seen[stretch[i] - 1] === 1;
    if (inside) ids[length++] = i;
  }
  return ids.subarray(0, length);
};

/** Where an incident stands along the border, in metres; a stretch by its beginning; -1 if nowhere. */
const along = (columns, stretches, i) => {
  if (columns.located[i] !== STRETCH) return columns.chainage[i];
  const stretch = stretches[columns.stretch[i] - 1];
  return stretch ? stretch.from * 1000 : -1;
};

const SHIFT = 2 ** 21; // more incidents than a page can hold
const UNPLACED = 2 ** 31;

/** By date: the columns are sorted by day already, undated ones first; those come last either way. */
const byDate = (columns, ids, up) => {
  if (!up) return ids.slice().reverse();
  let dated = 0;
  while (dated < ids.length && columns.day[ids[dated]] === MISSING) dated += 1;
  const result = new Uint32Array(ids.length);
  result.set(ids.subarray(dated));
  result.set(ids.subarray(0, dated), ids.length - dated);
  return result;
};

/**
 * Sort incidents, given as they come in the columns, by "date", "type" or "place"; `up` ascending.
 * Undated and unplaced ones come last either way, the newest first among equals. `typeOrder[type]`
 * is the rank of a type in the alphabet of the page's language.
 */
export const sorted = (columns, stretches, ids, { key, up, typeOrder }) => {
  if (key === "date") return byDate(columns, ids, up);
  const keys = new Float64Array(ids.length);
  for (let k = 0; k < ids.length; k += 1) {
    const value = key === "type" ? typeOrder[columns.type[ids[k]]] : along(columns, stretches, ids[k]);
    const turned = up ? value : UNPLACED - 1 - value;
    keys[k] = (value < 0 ? UNPLACED : turned) * SHIFT + (SHIFT - 1 - ids[k]);
  }
  keys.sort();
  const result = new Uint32Array(ids.length);
  for (let k = 0; k < keys.length; k += 1) result[k] = SHIFT - 1 - (keys[k] % SHIFT);
  return result;
};

/** Does an incident pass all filters but time? */
export const passesOthers = (columns, { off, found }, i) =>
  !off.types.has(columns.type[i]) &&
  !off.sides.has(columns.side[i]) &&
  !off.precisions.has(columns.precision[i]) &&
  !off.confidences.has(columns.confidence[i]) &&
  !off.scopes.has(columns.scope[i]) &&
  (!found || found[i] === 1);

/** Incidents that are not on the map: `nowhere` have no place, `undated` no date and so no time range. */
export const offMap = (columns, state) => {
  const nowhere = [];
  const undated = [];
  const { visible } = state.result;
  for (let i = columns.n - 1; i >= 0; i -= 1) {
    if (state.range && columns.day[i] === MISSING) {
      if (passesOthers(columns, state, i)) undated.push(i);
    } else if (columns.located[i] === 0 && visible[i]) nowhere.push(i);
  }
  return { nowhere, undated };
};
