// Rates by year and segment.
import { firstFrom, shareWithin } from "./tally.js";

const WEIGHT_UNIT = 1 / 65535;

/** Add the incidents of one year to its row: first by place, then each place once by its profile. */
const rowAdder = (data, pass, found, follows) => {
  const {
    day,
    span,
    place,
    known,
    kinds: { code },
  } = data;
  const { profile_start: start, profile_segment: segment, profile_weight: weight } = data;
  const atPlace = new Float64Array(start.length);
  const touched = [];
  const counts = (i) => pass[code[i]] === 2 && (found === null || found[i] !== 0);
  const addExpected = (i, first, last) => {
    const at = place[i];
    if (at === 0) return;
    if (atPlace[at] === 0) touched.push(at);
    atPlace[at] += shareWithin(day[i], span[i], first, last);
  };
  const spread = (row) => {
    for (const at of touched) {
      for (let k = start[at - 1]; k < start[at]; k += 1) {
        row[segment[k]] += atPlace[at] * weight[k] * WEIGHT_UNIT;
      }
      atPlace[at] = 0;
    }
    touched.length = 0;
  };
  const addKnown = (row, i, first, last) => {
    if (known[i] > 0 && day[i] >= first && day[i] + span[i] <= last) row[known[i] - 1] += 1;
  };
  return (row, incidents, first, last) => {
    incidents((i) => {
      if (!counts(i)) return;
      if (follows === "known") addKnown(row, i, first, last);
      else addExpected(i, first, last);
    });
    spread(row);
  };
};

/**
 * The number of incidents in each year on each segment, one row after another. `years` are ranges of
 * days, ascending and without gaps. Undated incidents are in no year.
 */
export const countYears = (data, { pass, found, follows, segments }, years) => {
  const counts = new Float64Array(years.length * segments);
  const add = rowAdder(data, pass, found, follows);
  const { day, span, dated } = data;
  let late = years.length ? reachingInto(data, years[0][0]) : []; // begun before, not over yet
  let from = years.length ? firstFrom(day, years[0][0], dated) : 0;
  years.forEach(([first, last], y) => {
    const to = firstFrom(day, last + 1, from);
    const row = counts.subarray(y * segments, (y + 1) * segments);
    const next = [];
    add(
      row,
      (visit) => {
        late.forEach(visit);
        for (let i = from; i < to; i += 1) visit(i);
      },
      first,
      last,
    );
    for (const i of late) if (day[i] + span[i] > last) next.push(i);
    for (let i = from; i < to; i += 1) if (day[i] + span[i] > last) next.push(i);
    late = next;
    from = to;
  });
  return counts;
};

/** Incidents that begin before a day and reach it. */
const reachingInto = ({ day, span, dated, longest }, first) => {
  const reaching = [];
  const end = firstFrom(day, first, dated);
  for (let i = firstFrom(day, first - longest, dated); i < end; i += 1) {
    if (day[i] + span[i] >= first) reaching.push(i);
  }
  return reaching;
};
