// Rates in words: with their interval, and never without what they rest on.
import { isNumber, significant } from "./numbers.js";

/** Two digits, since intervals are wide; nothing finer than a thousandth. */
export const rateNumber = (words, rate) =>
  words.number(rate, { maximumFractionDigits: Math.min(3, significant(rate, 2).maximumFractionDigits) });

/** A rate as the table of segments holds it: a number, "inf", or nothing. */
export const valueText = (words, value) => {
  if (value === "inf" || value === Infinity) return words.t("rate.infinite");
  return isNumber(value) ? rateNumber(words, value) : null;
};

/** A rate with its interval, or null where there is none. */
export const rateText = (app, rate, lo, hi) => {
  const { words, data } = app;
  if (!isNumber(rate)) return null;
  const shown = rateNumber(words, rate);
  if (!isNumber(lo) || !(hi >= lo)) return words.t("rate.plain", { rate: shown });
  const level = words.number(Math.round(100 * (data.rates.level || 0.95)));
  const low = rateNumber(words, lo);
  if (hi === Infinity) return words.t("rate.with_open_interval", { rate: shown, low, level });
  return words.t("rate.with_interval", { rate: shown, low, high: rateNumber(words, hi), level });
};
