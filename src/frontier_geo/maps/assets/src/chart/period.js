/** The period that the time region spans, and the incidents that have no place in it. */
import { MISSING } from "../data/columns.js";

/** The whole period as days; null where neither rates nor incidents say. */
export const wholePeriod = ({ data, columns }) => {
  const { first_day: first, last_day: last } = data.rates || {};
  if (Number.isFinite(first) && Number.isFinite(last) && last >= first) return [first, last];
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < columns.n; i += 1) {
    if (columns.day[i] === MISSING) continue;
    low = Math.min(low, columns.day[i]);
    high = Math.max(high, columns.day[i] + columns.span[i]);
  }
  return high >= low ? [low, high] : null;
};

const GROUPS = [
  ["types", "type"],
  ["sides", "side"],
  ["precisions", "precision"],
  ["confidences", "confidence"],
  ["scopes", "scope"],
];

/** How many incidents without a date pass all filters but time. They come first in the columns. */
export const undatedCount = ({ columns }, { off = {}, found }) => {
  let count = 0;
  for (let i = 0; i < columns.n && columns.day[i] === MISSING; i += 1) {
    const hidden = GROUPS.some(([group, column]) => off[group] && off[group].has(columns[column][i]));
    if (!hidden && (!found || found[i])) count += 1;
  }
  return count;
};
