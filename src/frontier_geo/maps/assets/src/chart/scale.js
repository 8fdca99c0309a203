/** Scales, ticks and the placing of names: pure arithmetic. */

/** The largest of 1, 2, 5 × 10^k steps such that `span / step` is at most `most`. */
export const niceStep = (span, most) => {
  if (!(span > 0) || !(most >= 1) || !Number.isFinite(span)) return 1;
  const raw = span / most;
  const power = Math.floor(Math.log10(raw));
  // Read as a decimal number, so that no rounding noise is in it.
  return [1, 2, 5, 10].map((factor) => Number(`${factor}e${power}`)).find((step) => step >= raw * (1 - 1e-9));
};

/** Ticks from 0 up to `top` or just below, at most `most` + 1 of them, without rounding noise. */
export const ticksTo = (top, most) => {
  const step = niceStep(top, most);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const count = Math.floor(top / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toFixed(digits)));
};

/** The largest finite value; 0 where there is none. */
export const largest = (values) => {
  let top = 0;
  for (let i = 0; i < (values ? values.length : 0); i += 1) {
    if (values[i] > top && values[i] < Infinity) top = values[i];
  }
  return top;
};

const BARS_SHARE = 0.7;

/**
 * The upper end of the rate axis: bars and line always fit; the interval as far as it leaves the
 * bars at least 70 % of the height. Infinite and missing values have no say.
 */
export const axisTop = ({ rate, hi, density }) => {
  const bars = Math.max(largest(rate), largest(density));
  const band = largest(hi);
  const top = bars > 0 ? Math.min(Math.max(bars, band), bars / BARS_SHARE) : band;
  return top > 0 ? top * 1.06 : 1;
};

/** Where km fall on x; `flip` where the border is told from its eastern end. West is at `left`. */
export const kmScale = ({ length, left, right, flip = false }) => {
  const per = (right - left) / (length || 1);
  const x = flip ? (km) => right - km * per : (km) => left + km * per;
  const km = flip ? (at) => (right - at) / per : (at) => (at - left) / per;
  return { x, km, per, left, right, flip, length };
};

/**
 * Which way the line lies: `flip` where its first end must be drawn on the right, so that west is left
 * (or north, for a line that runs rather that way); `left` and `right` are the quarters of the ends.
 */
export const direction = (line) => {
  let [lon, lat] = [line[0] || 0, line[1] || 0];
  const [lon0, lat0] = [lon, lat];
  for (let i = 2; i + 1 < line.length; i += 2) {
    lon += line[i];
    lat += line[i + 1];
  }
  const east = (lon - lon0) * Math.cos((((lat + lat0) / 2e5) * Math.PI) / 180);
  const north = lat - lat0;
  const along = Math.abs(east) * 2 >= Math.abs(north);
  return along
    ? { flip: east < 0, left: "west", right: "east" }
    : { flip: north > 0, left: "north", right: "south" };
};

/** Index of the segment that holds `km`, the last one closed; -1 in a gap. `from` ascends. */
export const segmentAt = (from, to, km) => {
  let [low, high] = [0, from.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (km < from[middle]) high = middle - 1;
    else if (km >= to[middle] && !(middle === from.length - 1 && km <= to[middle])) low = middle + 1;
    else return middle;
  }
  return -1;
};

/** The segment nearest to `km`, also in a gap or past an end; -1 if there is none at all. */
export const segmentNear = (from, to, km) => {
  const found = segmentAt(from, to, km);
  if (found >= 0 || !from.length) return found;
  let best = 0;
  const gap = (i) => Math.max(from[i] - km, km - to[i], 0);
  for (let i = 1; i < from.length; i += 1) if (gap(i) < gap(best)) best = i;
  return best;
};

/**
 * Choose which names fit in one row without touching, the more important first.
 * items: [{x, width, rank}]; returns [{index, left}] in the order of x.
 */
export const placeNames = (items, { left, right, gap = 8 }) => {
  const taken = [];
  const order = items.map((_, i) => i).sort((a, b) => items[b].rank - items[a].rank || a - b);
  for (const index of order) {
    const { x, width } = items[index];
    if (width > right - left) continue;
    const at = Math.min(Math.max(x - width / 2, left), right - width);
    if (Math.abs(at + width / 2 - x) > width / 2) continue; // pushed off its own mark
    const free = taken.every((other) => at >= other.end + gap || at + width + gap <= other.left);
    if (free) taken.push({ index, left: at, end: at + width });
  }
  return taken.sort((a, b) => a.left - b.left).map(({ index, left: at }) => ({ index, left: at }));
};

/** `text`, cut with an ellipsis to `width` by `measure`; "" where not even three letters fit. */
export const fitted = (text, width, measure) => {
  if (measure(text) <= width) return text;
  const letters = Array.from(text);
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${letters.slice(0, middle).join("").trimEnd()}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return low < 3 ? "" : `${letters.slice(0, low).join("").trimEnd()}…`;
};
