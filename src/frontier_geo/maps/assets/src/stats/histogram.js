// How many incidents fall into each bin of time.
import { shareWithin } from "./tally.js";

/** The bin of each day between the first edge and the last one. */
const binsOf = (edges) => {
  const first = edges[0];
  const bins = new Int32Array(Math.max(0, edges[edges.length - 1] - first));
  for (let bin = 0; bin + 1 < edges.length; bin += 1) {
    bins.fill(bin, edges[bin] - first, edges[bin + 1] - first);
  }
  return bins;
};

/**
 * Count incidents in the bins `edges[i]` to the day before `edges[i + 1]` (whole days, ascending). An
 * incident known to several days counts in part in each bin that these touch.
 */
export const timeHistogram = (data, { pass, found }, edges) => {
  const counts = new Float64Array(Math.max(0, edges.length - 1));
  if (counts.length === 0) return counts;
  const {
    day,
    span,
    dated,
    n,
    kinds: { code },
  } = data;
  const [start, end] = [edges[0], edges[edges.length - 1]];
  const bins = binsOf(edges);
  const several = new Uint32Array(65536); // by span: incidents from `since` on that touch several bins
  const spans = [];
  let since = start;
  const share = () => {
    for (const length of spans.splice(0)) {
      const many = several[length];
      several[length] = 0;
      const last = since + length;
      for (let b = bins[Math.max(since, start) - start]; b < counts.length && edges[b] <= last; b += 1) {
        counts[b] += many * shareWithin(since, length, edges[b], edges[b + 1] - 1);
      }
    }
  };
  for (let i = dated; i < n; i += 1) {
    if (pass[code[i]] === 0 || (found !== null && found[i] === 0)) continue;
    const first = day[i];
    const last = first + span[i];
    if (last < start || first >= end) continue;
    const bin = bins[first > start ? first - start : 0];
    if (first >= edges[bin] && last < edges[bin + 1]) counts[bin] += 1;
    else {
      if (first !== since) share();
      since = first;
      if (several[span[i]] === 0) spans.push(span[i]);
      several[span[i]] += 1;
    }
  }
  share();
  return counts;
};
