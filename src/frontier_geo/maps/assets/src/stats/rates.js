// Rates of segments and their classes.
import { numbers } from "../data/columns.js";
import { countLimits } from "./poisson.js";

const PER_KM = 100;

/** Numbers of the head have six digits, and edges are rates of segments: so little above is within. */
export const EDGE_ROOM = 1e-5;

/**
 * The class of a rate: 0 for zero, then 1, 2, … by the upper edges (the last one takes all above), and
 * one more where there is no rate.
 */
export const classify = (rate, edges, room = 0) => {
  const none = edges.length + 1;
  if (Number.isNaN(rate)) return none;
  if (rate <= 0) return 0;
  const step = edges.findIndex((edge) => rate <= edge * (1 + room));
  return step < 0 ? edges.length || none : step + 1;
};

/** The classes of many rates. */
export const classesOf = (rates, edges, room = 0) =>
  Uint8Array.from(rates, (rate) => classify(rate, edges, room));

/** The columns of the segments as numbers. */
export const readSegments = ({ segments }) => {
  const size = segments.from.length;
  const names = ["from", "to", "exposure", "expected", "value", "lo", "hi"];
  return { size, ...Object.fromEntries(names.map((name) => [name, numbers(segments[name], size)])) };
};

/** Rates per 100 km and year with their limits, from incidents, their variance and the exposure. */
export const ratesOf = ({ count, variance, exposure, level }) => {
  const size = count.length;
  const [rate, lo, hi] = [0, 1, 2].map(() => new Float64Array(size).fill(NaN));
  for (let s = 0; s < size; s += 1) {
    const per = exposure[s] / PER_KM;
    if (!(per > 0)) continue;
    const limits = countLimits(count[s], variance[s], level);
    rate[s] = count[s] / per;
    lo[s] = limits.lo / per;
    hi[s] = limits.hi / per;
  }
  return { rate, lo, hi };
};

/** Rates by year and segment from counts in rows; `days` of each year and of the whole period. */
export const yearRates = (counts, exposure, days, wholeDays) => {
  const size = exposure.length;
  return counts.map((count, at) => {
    const per = (exposure[at % size] * days[Math.floor(at / size)]) / wholeDays / PER_KM;
    return per > 0 ? count / per : NaN;
  });
};
