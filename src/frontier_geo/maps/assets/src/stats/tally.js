// One pass over the incidents: which are shown, and what they add to the segments.
import { MISSING } from "../data/columns.js";

const WEIGHT_UNIT = 1 / 65535;

/** The first index in sorted `days` from `start` on whose day is at least `day`. */
export const firstFrom = (days, day, start = 0) => {
  let [low, high] = [start, days.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (days[middle] < day) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Which part of the days `start` to `start + span` lies within `first` to `last`. */
export const shareWithin = (start, span, first, last) => {
  const inside = Math.min(start + span, last) - Math.max(start, first) + 1;
  return inside <= 0 ? 0 : Math.min(1, inside / (span + 1));
};

/** The incidents as the tally reads them, and what is found out once for all passes. */
export const prepare = (columns, kinds) => {
  let longest = 0;
  for (let i = 0; i < columns.n; i += 1) if (columns.span[i] > longest) longest = columns.span[i];
  return { ...columns, kinds, longest, dated: firstFrom(columns.day, MISSING + 1), room: {} };
};

/** Numbers of all places, cleared for every pass instead of made anew. */
const cleared = (data, name) => {
  const { room, profile_start: start } = data;
  if (!room[name]) room[name] = new Float64Array(start.length);
  else room[name].fill(0);
  return room[name];
};

const emptyTally = (data, { segments, stretches }) => ({
  visible: new Uint8Array(data.n),
  ofKind: new Uint32Array(data.kinds.count), // in the time range and found, whatever the filters say
  atPlace: cleared(data, "atPlace"), // by `place`: the sum of shares; holds until the next pass
  unsure: cleared(data, "unsure"), // the sum of share - share², likewise
  onSegment: new Float64Array(segments + 1), // by `known`
  inStretch: new Uint32Array(stretches + 1), // by `stretch`
  partly: [], // incidents of which only a share counts
  shares: [],
});

const addPartly = (data, tally, passed, i, share) => {
  tally.partly.push(i);
  tally.shares.push(share);
  if (passed === 2) {
    tally.atPlace[data.place[i]] += share;
    tally.unsure[data.place[i]] += share - share * share;
  }
};

/** Add the incidents `from`..`to` (indexes); those outside the days only if `outside` is to be shown. */
const addIncidents = (data, tally, { pass, found }, from, to, { first, last, outside }) => {
  const {
    day,
    span,
    place,
    known,
    stretch,
    kinds: { code },
  } = data;
  const { visible, ofKind, atPlace, onSegment, inStretch } = tally;
  for (let i = from; i < to; i += 1) {
    if (found !== null && found[i] === 0) continue;
    const within = day[i] >= first && day[i] + span[i] <= last;
    const share = within ? 1 : shareWithin(day[i], span[i], first, last);
    if (share === 0 && !outside) continue;
    const kind = code[i];
    ofKind[kind] += 1;
    const passed = pass[kind];
    if (passed === 0) continue;
    visible[i] = 1;
    inStretch[stretch[i]] += 1;
    if (!within) addPartly(data, tally, passed, i, share);
    else if (passed === 2) {
      atPlace[place[i]] += 1;
      onSegment[known[i]] += 1;
    }
  }
};

/** Add the incidents `from`..`to` that count wholly: nearly all, so this is the short way. */
const addWhole = (data, tally, { pass, found }, from, to) => {
  const {
    place,
    known,
    stretch,
    kinds: { code },
  } = data;
  const { visible, ofKind, atPlace, onSegment, inStretch } = tally;
  for (let i = from; i < to; i += 1) {
    if (found !== null && found[i] === 0) continue;
    const kind = code[i];
    ofKind[kind] += 1;
    const passed = pass[kind];
    if (passed === 0) continue;
    visible[i] = 1;
    inStretch[stretch[i]] += 1;
    if (passed === 2) {
      atPlace[place[i]] += 1;
      onSegment[known[i]] += 1;
    }
  }
};

/**
 * Count the incidents whose kind passes, that were found, and that lie in the days `first`..`last`.
 *
 * `pass` says of each kind: 0 not shown, 1 shown, 2 shown and counted for the rates. `whole` says that
 * the days are the whole period: then undated incidents count, and those outside are shown all the same.
 */
export const tallyIncidents = (data, { pass, found, first, last, whole, segments, stretches }) => {
  const tally = emptyTally(data, { segments, stretches });
  const { day, dated, longest, n } = data;
  const chosen = { pass, found };
  const days = { first, last, outside: whole };
  if (whole) addWhole(data, tally, chosen, 0, dated);
  const from = whole ? dated : firstFrom(day, first - longest, dated);
  const to = whole ? n : firstFrom(day, last + 1, dated);
  // Between these two nothing reaches over either end of the range.
  const begin = Math.min(to, firstFrom(day, first, dated));
  const end = Math.max(begin, Math.min(to, firstFrom(day, last - longest + 1, dated)));
  addIncidents(data, tally, chosen, from, begin, days);
  addWhole(data, tally, chosen, begin, end);
  addIncidents(data, tally, chosen, end, to, days);
  return tally;
};

/**
 * Spread what was counted at places over the segments by the places' profiles: `expected`, the sum of
 * share × weight, and `extra`, the sum of (share × weight)(1 - share × weight).
 */
export const spreadOver = (data, { atPlace, unsure }, segments) => {
  const expected = new Float64Array(segments);
  const extra = new Float64Array(segments);
  const { profile_start: start, profile_segment: segment, profile_weight: weight } = data;
  for (let p = 0; p + 1 < start.length; p += 1) {
    const sum = atPlace[p + 1];
    if (sum === 0) continue;
    const squares = sum - unsure[p + 1];
    for (let k = start[p]; k < start[p + 1]; k += 1) {
      const w = weight[k] * WEIGHT_UNIT;
      expected[segment[k]] += sum * w;
      extra[segment[k]] += sum * w - squares * w * w;
    }
  }
  return { expected, extra };
};
