// The numbers of the page: which incidents are shown, and the rates that follow from them.
import { daysIn, isFiltered, passOf, rangeWithin, remember } from "./filters.js";
import { timeHistogram } from "./histogram.js";
import { kernelRate } from "./kernel.js";
import { findKinds, passing } from "./kinds.js";
import { EDGE_ROOM, classesOf, ratesOf, readSegments, yearRates } from "./rates.js";
import { prepare, spreadOver, tallyIncidents } from "./tally.js";
import { countYears } from "./years.js";

const DAYS_PER_YEAR = 365.25;
const ROUNDING = 0.01; // weights are rounded to 1/65535: sums of them differ by less

/** What makes sums of rounded weights those of unrounded ones, for segments where the page has these. */
const correctionOf = (rounded, exact) =>
  rounded.map((sum, s) =>
    sum > 0 && Math.abs(exact[s] - sum) <= ROUNDING * exact[s] ? exact[s] / sum : 1,
  );

/** A share for each incident; null where all that are shown count wholly. */
const sharesOf = ({ visible, partly, shares }) => {
  if (partly.length === 0) return null;
  const share = new Float32Array(visible);
  partly.forEach((i, k) => {
    share[i] = shares[k];
  });
  return share;
};

const sumWhere = (numbers, pass) => numbers.reduce((sum, n, kind) => (pass[kind] ? sum + n : sum), 0);

/** How many values a filter can have. */
const widthOf = (head, filter) => {
  if (filter === "sides") return 4;
  return head[filter].length + (filter === "confidences" ? 1 : 0);
};

/**
 * The model of a page, from its head and columns. `yearsOf(first, last)` gives the years between two
 * days in the view's calendar: `{ label, range: [first, last], … }` each.
 */
export const createModel = (head, columns, yearsOf) => {
  const { first_day: firstDay, last_day: lastDay, breaks: edges, follows, level } = head.rates;
  const period = [firstDay, lastDay];
  const segments = readSegments(head);
  const kinds = findKinds(columns);
  const data = prepare(columns, kinds);
  const sizes = { segments: segments.size, stretches: head.stretches.length };
  const given = { rate: segments.value, lo: segments.lo, hi: segments.hi };
  const hasLimits = segments.hi.some(Number.isFinite);
  const givenClasses = classesOf(segments.value, edges, EDGE_ROOM);
  let latest = null; // range, search and counts by kind of the last pass

  const tally = ({ range, found, off }) => {
    const within = rangeWithin(range, period);
    const [first, last] = within || period;
    const pass = passOf(kinds, off);
    const whole = within === null;
    const sums = tallyIncidents(data, { pass, found: found || null, first, last, whole, ...sizes });
    latest = { first, last, found: found || null, ofKind: sums.ofKind };
    return { ...sums, pass, whole, days: daysIn([first, last]) };
  };

  const rounded = spreadOver(data, tally({ range: null, found: null, off: null }), segments.size);
  const correction = correctionOf(rounded.expected, segments.expected);

  const spread = (sums) => {
    const { expected, extra } = spreadOver(data, sums, segments.size);
    const correct = (sum, s) => sum * correction[s];
    return { expected: expected.map(correct), extra: extra.map(correct) };
  };

  const ratesFrom = ({ expected, extra, known, days }) => {
    const count = follows === "known" ? known : expected;
    const variance = follows === "known" ? known : expected.map((e, s) => e + extra[s]);
    const exposure = segments.exposure.map((all) => (all * days) / daysIn(period));
    return ratesOf({ count, variance, exposure, level });
  };

  /** Everything that follows from the filters of a state. */
  const update = (state) => {
    const sums = tally(state);
    const { expected, extra } = spread(sums);
    const known = sums.onSegment.slice(1);
    const filtered = !sums.whole || isFiltered(state);
    // Without a filter the table's own limits are shown: they may come from drawn tables.
    const asGiven = !follows || (!filtered && hasLimits);
    const rates = asGiven ? given : ratesFrom({ expected, extra, known, days: sums.days });
    const classOf = filtered && follows ? classesOf(rates.rate, edges, EDGE_ROOM) : givenClasses;
    let share;
    return {
      visible: sums.visible,
      count: sumWhere(sums.ofKind, sums.pass),
      total: columns.n,
      /** The share of each incident, found when asked for. */
      get share() {
        share = share === undefined ? sharesOf(sums) : share;
        return share;
      },
      stretchCounts: sums.inStretch.slice(1),
      expected,
      known,
      ...rates,
      classOf,
      exposureYears: sums.days / DAYS_PER_YEAR,
      filtered,
    };
  };

  /** How many incidents have each value of one filter, under all other filters. */
  const counts = (state, filter) => {
    const [first, last] = rangeWithin(state.range, period) || period;
    const fresh =
      latest && latest.first === first && latest.last === last && latest.found === (state.found || null);
    if (!fresh) tally(state);
    const pass = passing(kinds, state.off, filter);
    const sums = new Uint32Array(widthOf(head, filter));
    kinds.values[filter].forEach((value, kind) => {
      if (pass[kind]) sums[value] += latest.ofKind[kind];
    });
    return sums;
  };

  const years = remember((off, found) => {
    const list = yearsOf(firstDay, lastDay);
    const pass = passOf(kinds, off);
    const ranges = list.map(({ range }) => range);
    const counted = countYears(data, { pass, found, follows, segments: segments.size }, ranges);
    const exact = follows === "known" ? counted : counted.map((n, i) => n * correction[i % segments.size]);
    const rate = yearRates(exact, segments.exposure, ranges.map(daysIn), daysIn(period));
    return { years: list, rate, classOf: classesOf(rate, edges, EDGE_ROOM) };
  });

  return {
    update,
    counts,
    /** Rates by year (rows) and segment under all filters but time; null where rates are a table's own. */
    years: ({ off, found, lang }) => (follows ? years(off, found || null, lang) : null),
    /** The kernel density along the line that a result has. */
    density: ({ expected, known, exposureYears }) =>
      kernelRate({
        from: segments.from,
        to: segments.to,
        mass: follows === "known" ? known : expected,
        length: head.boundary.length_km,
        bandwidth: head.rates.bandwidth_km,
        years: exposureYears,
      }),
    /** Incidents in each bin of time under all filters but time. */
    histogram: ({ off, found }, bins) =>
      timeHistogram(data, { pass: passOf(kinds, off), found: found || null }, bins),
  };
};
