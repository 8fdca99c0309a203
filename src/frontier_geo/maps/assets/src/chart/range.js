/**
 * The range of time as arithmetic on days since 1970-01-01, both ends inclusive. `calendar` gives
 * monthStart(day), yearStart(day) and addMonths(day, n) in the calendar of the view.
 */

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The range in force: the whole period where none is chosen. */
export const inForce = (range, whole) =>
  range ? [clamp(range[0], ...whole), clamp(range[1], ...whole)] : whole;

/** A range as the store keeps it: null where it is the whole period. */
export const stored = ([first, last], whole) =>
  first <= whole[0] && last >= whole[1] ? null : [Math.round(first), Math.round(last)];

/** Move one end ("first" | "last") to a day; ends do not cross. */
export const withEnd = (range, end, day, whole) =>
  end === "first" ? [clamp(day, whole[0], range[1]), range[1]] : [range[0], clamp(day, range[0], whole[1])];

/** The first day of the month that starts nearest to a day. */
const nearestMonth = (day, calendar) => {
  const start = calendar.monthStart(day);
  const next = calendar.addMonths(start, 1);
  return day - start < next - day ? start : next;
};

/** An end of a range brought to the edge of a month nearest to `day`, or to the end of the period. */
export const snapped = (end, day, calendar, whole) => {
  if (end === "first") return day - whole[0] < 8 ? whole[0] : nearestMonth(day, calendar);
  return whole[1] - day < 8 ? whole[1] : nearestMonth(day + 1, calendar) - 1;
};

/** How many months a range is long if it begins and ends with months (or with the period); else null. */
export const monthsIn = ([first, last], calendar, whole) => {
  const start = calendar.monthStart(first);
  if (start !== first && first !== whole[0]) return null;
  const end = last + 1;
  if (calendar.monthStart(end) !== end && last !== whole[1]) return null;
  let months = Math.max(0, Math.round((end - start) / 30.44) - 2);
  while (calendar.addMonths(start, months) < end) months += 1;
  return Math.max(1, months);
};

/** Move a whole range by days, keeping its length; whole months stay whole where `snap`. */
export const shifted = (range, days, { calendar, whole, snap = true }) => {
  const length = range[1] - range[0];
  const first = clamp(range[0] + days, whole[0], whole[1] - length);
  const months = snap ? monthsIn(range, calendar, whole) : null;
  if (months === null) return [first, first + length];
  if (first + length >= whole[1] && days > 0) return windowTo(whole[1], months, { calendar, whole });
  return windowFrom(nearestMonth(first, calendar), months, { calendar, whole });
};

/** A window of so many months from the month of a day on, cut to the period. */
export const windowFrom = (day, months, { calendar, whole }) => {
  const start = calendar.monthStart(clamp(day, ...whole));
  return [clamp(start, ...whole), clamp(calendar.addMonths(start, months) - 1, ...whole)];
};

/** The last window of so many months. */
const windowTo = (day, months, { calendar, whole }) => {
  const end = calendar.addMonths(calendar.monthStart(day), 1);
  return [clamp(calendar.addMonths(end, -months), ...whole), whole[1]];
};

/** What a key does to one end; null if it means nothing here. */
export const endByKey = (key, end, range, { calendar, whole }) => {
  const day = end === "first" ? range[0] : range[1] + 1;
  const by = (months) => {
    const aligned = calendar.monthStart(day);
    // Back goes to the start of its own month first.
    const steps = aligned < day && months < 0 ? months + 1 : months;
    const to = calendar.addMonths(aligned, steps);
    return withEnd(range, end, end === "first" ? to : to - 1, whole);
  };
  const to = {
    ArrowRight: () => by(1),
    ArrowUp: () => by(1),
    ArrowLeft: () => by(-1),
    ArrowDown: () => by(-1),
    PageUp: () => by(12),
    PageDown: () => by(-12),
    Home: () => withEnd(range, end, whole[0], whole),
    End: () => withEnd(range, end, whole[1], whole),
  }[key];
  return to ? to() : null;
};

/** Months, quarters or years: what of them is at least `least` px wide. */
export const unitFor = (whole, width, least = 2.5) => {
  const months = (whole[1] - whole[0] + 1) / 30.44;
  return [1, 3, 12].find((unit) => (width / months) * unit >= least) || 12;
};

/** The edges of bins of 1, 3 or 12 months over the period: bin i is [edges[i], edges[i + 1]). */
export const binEdges = (whole, unit, calendar) => {
  const start = unit === 1 ? calendar.monthStart(whole[0]) : calendar.yearStart(whole[0]);
  const edges = [start];
  for (let i = 1; edges[edges.length - 1] <= whole[1]; i += 1)
    edges.push(calendar.addMonths(start, i * unit));
  while (edges.length > 2 && edges[1] <= whole[0]) edges.shift();
  return edges;
};

/**
 * The next window while playing, `steps` months on; null past the end. The window keeps its months.
 */
export const playedOn = (range, steps, { calendar, whole, months }) => {
  if (range[1] >= whole[1]) return null;
  const start = calendar.addMonths(calendar.monthStart(range[0]), steps);
  const next = windowFrom(start, months, { calendar, whole });
  return next[1] >= whole[1] ? windowTo(whole[1], months, { calendar, whole }) : next;
};
