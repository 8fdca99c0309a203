/** What a segment, or a segment in a year, is in words: for the tip and for screen readers. */
import { kilometres as km, rounded } from "../ui/numbers.js";
import { rateText, valueText } from "../ui/rate_text.js";

const DAYS_PER_YEAR = 365.25;
const PER_KM = 100;

const finite = (value) => typeof value === "number" && value > -Infinity && value < Infinity;

/** "km 120 to 130", in the view's digits. */
export const kilometres = (words, from, to) =>
  words.t("chart.kilometres", { from: km(words, from), to: km(words, to) });

/** Districts of both sides, where they are known: ["Farkhor", "Imam Sahib"]. */
export const districtsOf = (segments, i, words) =>
  [segments.left_district, segments.right_district]
    .map((column) => column && column[i])
    .filter(Boolean)
    .map((name) => words.name(name));

/** The rate of a segment with its interval, or that there is none. */
export const rateSaid = (app, rate, lo, hi) => {
  const { words, data } = app;
  if (rate === Infinity) return words.t("chart.rate_infinite");
  if (!finite(rate)) return words.t("chart.rate_missing");
  // What a table holds need not be a rate.
  return data.rates.unit === "per_100km_year" ? rateText(app, rate, lo, hi) : valueText(words, rate);
};

/** How many incidents a segment has: the expected number and those surely on it. */
const countSaid = (words, expected, known) => {
  if (!finite(expected)) return "";
  const count = words.number(expected, { maximumFractionDigits: expected < 10 ? 1 : 0 });
  return finite(known)
    ? words.t("chart.count_known", { count, known: words.number(known) })
    : words.t("chart.count", { count });
};

/** Lines about segment i: kilometres, districts, number, rate and interval; empty ones left out. */
export const segmentLines = (app, result, i) => {
  const {
    data: { segments },
    words,
  } = app;
  const at = (column) => (column ? column[i] : undefined);
  return [
    kilometres(words, segments.from[i], segments.to[i]),
    districtsOf(segments, i, words).join(" · "),
    countSaid(words, at(result.expected), at(result.known)),
    rateSaid(app, at(result.rate), at(result.lo), at(result.hi)),
  ].filter(Boolean);
};

/** Lines about segment i in one year. */
export const yearLines = (app, years, row, i) => {
  const {
    data: { segments },
    words,
  } = app;
  const year = years.years[row];
  if (!year) return [];
  return [
    words.t("chart.year_kilometres", {
      year: year.label,
      from: km(words, segments.from[i]),
      to: km(words, segments.to[i]),
    }),
    districtsOf(segments, i, words).join(" · "),
    countSaid(words, expectedIn(years, row, i, segments), undefined),
    rateSaid(app, years.rate[row * segments.from.length + i]),
  ].filter(Boolean);
};

/** How many incidents a rate of one year means: rate × length × the part of the year in the period. */
const expectedIn = (years, row, i, segments) => {
  const { first, last } = years.years[row];
  const exposure = ((segments.to[i] - segments.from[i]) * (last - first + 1)) / DAYS_PER_YEAR / PER_KM;
  return years.rate[row * segments.from.length + i] * exposure;
};

/** Lines about a mark: its name, what it is, where it stands. */
export const markLines = ({ words }, mark) =>
  [
    mark.name || words.term("kind", mark.kind),
    mark.name ? words.term("kind", mark.kind) : "",
    words.t("unit.km_value", { n: km(words, mark.km) }),
  ].filter(Boolean);
