// The classes of the ribbon, as the legend lists them.
import { decimalsOf } from "./numbers.js";

/** How many segments lie in each class: 0 is zero, the last one has no rate. */
export const segmentsPerClass = (classOf, length) => {
  const counts = new Array(length).fill(0);
  for (const one of classOf) counts[one] += 1;
  return counts;
};

/**
 * Rows of the legend: {index, kind, from, to, count, decimals}. `kind` is zero, first, between, last,
 * infinite or missing; "missing" only where some segment has no rate. The last class is open above, since a
 * short time range can bring higher rates than the whole period.
 */
export const classRows = (breaks, classOf, { open = true } = {}) => {
  const last = breaks.length;
  const counts = segmentsPerClass(classOf, last + 2);
  const decimals = decimalsOf(breaks);
  const rows = [{ index: 0, kind: "zero", from: 0, to: 0, count: counts[0], decimals }];
  breaks.forEach((to, step) => {
    const from = step ? breaks[step - 1] : 0;
    let kind = step ? "between" : "first";
    if (open && step > 0 && step === last - 1) kind = "last";
    if (to === Infinity) kind = "infinite";
    rows.push({ index: step + 1, kind, from, to, count: counts[step + 1], decimals });
  });
  if (counts[last + 1] > 0)
    rows.push({ index: last + 1, kind: "missing", from: 0, to: 0, count: counts[last + 1], decimals });
  return rows;
};

/** What a row says; numbers by `words`, so that nothing flips where the page reads right to left. */
export const classLabel = (words, row) => {
  const show = (value) =>
    words.number(value, { minimumFractionDigits: row.decimals, maximumFractionDigits: row.decimals });
  if (row.kind === "zero") return words.number(0);
  if (row.kind === "infinite") return words.t("legend.infinite");
  if (row.kind === "missing") return words.t("legend.missing");
  return words.t(`legend.${row.kind}`, { from: show(row.from), to: show(row.to) });
};
