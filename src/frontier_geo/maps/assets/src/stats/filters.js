// What a state of the page asks of the incidents.
import { passing } from "./kinds.js";

const sameRange = (a, b) => a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);

/** The range of days within the period; null where it is all of it. */
export const rangeWithin = (range, period) => {
  if (!range) return null;
  const inside = [Math.max(range[0], period[0]), Math.min(range[1], period[1])];
  return sameRange(inside, period) ? null : inside;
};

/** Days from the first to the last, both included. */
export const daysIn = ([first, last]) => Math.max(0, last - first + 1);

/** Whether any filter but time is on. */
export const isFiltered = ({ found, off }) =>
  Boolean(found) || Object.values(off || {}).some((out) => out.size > 0);

/** What becomes of each kind: 0 not shown, 1 shown, 2 shown and counted for the rates. */
export const passOf = (kinds, off) => {
  const pass = passing(kinds, off);
  for (let kind = 0; kind < pass.length; kind += 1) {
    if (pass[kind] && kinds.counted[kind]) pass[kind] = 2;
  }
  return pass;
};

/** Remember the last answer for as long as its keys are the same things. */
export const remember = (make) => {
  let keys = null;
  let answer = null;
  return (...now) => {
    if (!keys || now.some((key, i) => !Object.is(key, keys[i]))) {
      answer = make(...now);
      keys = now;
    }
    return answer;
  };
};
