/** World coordinates: Web Mercator at zoom 0, where the whole world is 256 wide. */

const WORLD = 256;
const UNITS = 1e5; // whole numbers of 1e-5 degree
const EARTH_M = 40075016.686; // circumference at the equator
const LAST_LATITUDE = 85.0511287798;

export const worldX = (lon) => ((lon + 180) / 360) * WORLD;

export const worldY = (lat) => {
  const bounded = Math.max(-LAST_LATITUDE, Math.min(LAST_LATITUDE, lat));
  const sine = Math.sin((bounded * Math.PI) / 180);
  return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
};

export const lonOf = (x) => (x / WORLD) * 360 - 180;

export const latOf = (y) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / WORLD))) * 180) / Math.PI;

/** Metres on the ground for one pixel, at a world y and a scale (2 ** zoom). */
export const metresPerPixel = (y, scale) =>
  (EARTH_M * Math.cos((latOf(y) * Math.PI) / 180)) / (WORLD * scale);

/** A line of world coordinates with its extent. */
export const makeLine = (x, y) => {
  let [west, south, east, north] = [Infinity, -Infinity, -Infinity, Infinity];
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] < west) west = x[i];
    if (x[i] > east) east = x[i];
    if (y[i] < north) north = y[i];
    if (y[i] > south) south = y[i];
  }
  return { x, y, west, east, north, south, length: x.length };
};

/** A line with at most about `most` of its vertices, evenly taken; its ends stay. */
export const thinned = (line, most) => {
  if (line.length <= most) return line;
  const step = (line.length - 1) / (most - 1);
  const pick = (values) => Float64Array.from({ length: most }, (_, i) => values[Math.round(i * step)]);
  return makeLine(pick(line.x), pick(line.y));
};

/** Undo the differences of `[x, y, dx, dy, …]` and project; `from` is where the numbers begin. */
export const decodeLine = (numbers, from = 0) => {
  const n = (numbers.length - from) >> 1;
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  let lon = 0;
  let lat = 0;
  for (let i = 0; i < n; i += 1) {
    lon += numbers[from + 2 * i];
    lat += numbers[from + 2 * i + 1];
    x[i] = worldX(lon / UNITS);
    y[i] = worldY(lat / UNITS);
  }
  return makeLine(x, y);
};

/** The boundary line: world coordinates with the chainage of each vertex in km. */
export const readBorder = (boundary) => {
  const line = decodeLine(boundary.line);
  const km = new Float64Array(line.length);
  let metres = 0;
  for (let i = 0; i < km.length; i += 1) {
    metres += boundary.metres[i];
    km[i] = metres / 1000;
  }
  const length = km.length ? km[km.length - 1] : 0;

  /** The number of the last vertex at or before a chainage. */
  const before = (chainage) => {
    let low = 0;
    let high = km.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (km[middle] <= chainage) low = middle;
      else high = middle;
    }
    return low;
  };

  /** World position [x, y] at a chainage, held within the line. */
  const at = (chainage) => {
    if (km.length < 2) return [line.x[0] ?? 0, line.y[0] ?? 0];
    const i = before(chainage);
    const share = Math.min(1, Math.max(0, (chainage - km[i]) / (km[i + 1] - km[i] || 1)));
    return [line.x[i] + share * (line.x[i + 1] - line.x[i]), line.y[i] + share * (line.y[i + 1] - line.y[i])];
  };

  /** The piece between two chainages as a line. */
  const slice = (from, to) => {
    const x = [];
    const y = [];
    const push = (place) => {
      x.push(place[0]);
      y.push(place[1]);
    };
    push(at(from));
    for (let i = before(from); i < km.length && km[i] < to; i += 1) {
      if (km[i] > from) push([line.x[i], line.y[i]]);
    }
    push(at(to));
    return makeLine(Float64Array.from(x), Float64Array.from(y));
  };

  /** Kilometres on the ground for one pixel at a zoom, in the middle of the line. */
  const kmPerPixel = (zoom) => metresPerPixel((line.north + line.south) / 2, 2 ** zoom) / 1000;

  return { ...line, km, lengthKm: length, at, slice, before, kmPerPixel };
};

/** Join parts `[0, i, j]` (vertices of the border) and `[1, x, y, dx, dy, …]` into one line. */
export const decodeParts = (parts, border) => {
  const sizeOf = (part) => (part[0] === 1 ? (part.length - 1) >> 1 : Math.abs(part[2] - part[1]) + 1);
  const many = parts.map(sizeOf);
  const length = many.reduce((sum, n) => sum + n, 0);
  const [x, y] = [new Float64Array(length), new Float64Array(length)];
  let at = 0;
  parts.forEach((part, p) => {
    if (part[0] === 1) {
      const line = decodeLine(part, 1);
      x.set(line.x, at);
      y.set(line.y, at);
    } else {
      const step = part[1] <= part[2] ? 1 : -1;
      for (let k = 0; k < many[p]; k += 1) {
        x[at + k] = border.x[part[1] + step * k];
        y[at + k] = border.y[part[1] + step * k];
      }
    }
    at += many[p];
  });
  return makeLine(x, y);
};

/** A ring from the numbers of its arcs; `~n` is arc n backwards. Arcs share their ends. */
export const joinRing = (numbers, arcs) => {
  const all = numbers.map((number) => arcs[number < 0 ? ~number : number]);
  const most = all.reduce((sum, arc) => sum + arc.length, 0);
  const [x, y] = [new Float64Array(most), new Float64Array(most)];
  let at = 0;
  all.forEach((arc, a) => {
    for (let k = at ? 1 : 0; k < arc.length; k += 1) {
      const i = numbers[a] < 0 ? arc.length - 1 - k : k;
      x[at] = arc.x[i];
      y[at] = arc.y[i];
      at += 1;
    }
  });
  return makeLine(x.subarray(0, at), y.subarray(0, at));
};

/** Polygons (lists of rings of arc numbers) as lists of lines. */
export const joinPolygons = (polygons, arcs) =>
  polygons.map((rings) => rings.map((ring) => joinRing(ring, arcs)));

/** Whether a world position lies in a polygon (rings counted evenodd). */
export const inPolygon = (rings, px, py) => {
  let inside = false;
  for (const ring of rings) {
    if (px < ring.west || px > ring.east || py < ring.north || py > ring.south) continue;
    const { x, y, length } = ring;
    for (let i = 0, j = length - 1; i < length; j = i, i += 1) {
      if (y[i] > py !== y[j] > py && px < ((x[j] - x[i]) * (py - y[i])) / (y[j] - y[i]) + x[i]) {
        inside = !inside;
      }
    }
  }
  return inside;
};

/** Square of the distance from (px, py) to the piece a–b, and where on it the foot lies (0…1). */
export const toPiece = (px, py, ax, ay, bx, by) => {
  const dx = bx - ax;
  const dy = by - ay;
  const size = dx * dx + dy * dy;
  const share = size ? Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / size)) : 0;
  const ex = ax + share * dx - px;
  const ey = ay + share * dy - py;
  return [ex * ex + ey * ey, share];
};

/** The nearest place of the border to a world position: {distance (world), km}. */
export const nearestOnBorder = (border, px, py, within = Infinity) => {
  let least = within * within;
  let km = null;
  for (let i = 1; i < border.length; i += 1) {
    const [far, share] = toPiece(px, py, border.x[i - 1], border.y[i - 1], border.x[i], border.y[i]);
    if (far < least || (far === least && km === null)) {
      least = far;
      km = border.km[i - 1] + share * (border.km[i] - border.km[i - 1]);
    }
  }
  return km === null ? null : { distance: Math.sqrt(least), km };
};
