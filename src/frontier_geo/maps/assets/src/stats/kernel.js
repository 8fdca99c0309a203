// The kernel density of incidents along the border, from the incidents on each segment.
import { gammaBelow } from "./poisson.js";

const REACH = 7; // standard deviations; 1e-12 of a normal distribution lies beyond
const CELLS = 64; // of the table of Φ, for each standard deviation
const POINTS_PER_BANDWIDTH = 4;
const FEWEST_POINTS = 240;
const MOST_POINTS = 4000;

const exactPhi = (z) => {
  const half = gammaBelow(0.5, (z * z) / 2) / 2;
  return z < 0 ? 0.5 - half : 0.5 + half;
};

let table = null;
const makeTable = () =>
  Float64Array.from({ length: 2 * REACH * CELLS + 1 }, (_, i) => exactPhi(i / CELLS - REACH));

/** Φ(z), the standard normal distribution, to 1e-9: a table with cubics between, as its slope is known. */
export const phi = (z) => {
  if (z <= -REACH) return 0;
  if (z >= REACH) return 1;
  table = table || makeTable();
  const place = (z + REACH) * CELLS;
  const i = Math.min(Math.floor(place), table.length - 2);
  const t = place - i;
  const slope = (u) => Math.exp(-0.5 * u * u) * (0.3989422804014327 / CELLS);
  const [low, high] = [i / CELLS - REACH, (i + 1) / CELLS - REACH];
  const smooth = t * t * (3 - 2 * t);
  return (
    table[i] * (1 - smooth) +
    table[i + 1] * smooth +
    slope(low) * t * (1 - t) * (1 - t) -
    slope(high) * t * t * (1 - t)
  );
};

/** Where the incidents per km change along the line and by how much, with the line's mirror images. */
const steps = ({ from, to, mass, length }, reach) => {
  const jumps = new Map();
  const add = (at, jump) => {
    if (at >= -reach && at <= length + reach) jumps.set(at, (jumps.get(at) || 0) + jump);
  };
  const images = Math.ceil((reach + length) / (2 * length));
  let before = 0; // the density at the left end of what is looked at
  const spread = (a, b, density) => {
    if (a <= -reach && b > -reach) before += density;
    if (a > -reach) add(a, density);
    if (b > -reach) add(b, -density);
  };
  for (let s = 0; s < mass.length; s += 1) {
    const density = mass[s] / (to[s] - from[s]);
    if (!(density > 0) || density === Infinity) continue;
    for (let k = -images; k <= images; k += 1) {
      const shift = 2 * k * length;
      spread(shift + from[s], shift + to[s], density);
      spread(shift - to[s], shift - from[s], density);
    }
  }
  const at = [...jumps.keys()].sort((a, b) => a - b);
  return { before, at: Float64Array.from(at), jump: Float64Array.from(at, (x) => jumps.get(x)) };
};

/**
 * The rate along the line, in incidents per 100 km and year: each segment's incidents spread evenly
 * over it, smoothed by a normal kernel of this standard deviation; the ends of the line mirror, so
 * that none is lost. Points come evenly spaced, both ends of the line among them.
 */
export const kernelRate = ({ from, to, mass, length, bandwidth, years }) => {
  const wanted = Math.ceil((length / bandwidth) * POINTS_PER_BANDWIDTH);
  const n = Math.min(Math.max(wanted, FEWEST_POINTS), MOST_POINTS) + 1;
  const km = Float64Array.from({ length: n }, (_, i) => (i * length) / (n - 1));
  const value = new Float64Array(n);
  const reach = REACH * bandwidth;
  const { before, at, jump } = steps({ from, to, mass, length }, reach);
  let passed = before; // what all steps far to the left add up to
  for (let i = 0, first = 0; i < n; i += 1) {
    while (first < at.length && at[first] <= km[i] - reach) passed += jump[first++];
    let sum = passed;
    for (let k = first; k < at.length && at[k] < km[i] + reach; k += 1) {
      sum += jump[k] * phi((km[i] - at[k]) / bandwidth);
    }
    value[i] = Math.max(0, (sum * 100) / years);
  }
  return { km, value };
};
