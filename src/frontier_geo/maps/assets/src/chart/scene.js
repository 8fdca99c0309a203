/** What both diagrams show that no filter changes: segments, marks, districts, words. */
import { unitText } from "../ui/legend.js";
import { rounded } from "../ui/numbers.js";
import { direction } from "./scale.js";

const CROSSINGS = new Set(["bridge", "crossing", "ferry"]);
const RANKS = { bridge: 3, crossing: 3, ferry: 3, tripoint: 2, pass: 2 };

const isolated = (text) => `\u2068${text}\u2069`;

const marksOf = (referents, words) =>
  (referents || [])
    .map((referent, id) => ({
      id,
      km:
        Number.isFinite(referent.from) && Number.isFinite(referent.to)
          ? (referent.from + referent.to) / 2
          : NaN,
      name: referent.name ? words.name(referent.name) : "",
      short: referent.name ? words.name(referent.name).replace(/\s*\([^()]*\)\s*$/, "") : "",
      kind: referent.kind,
      crossing: CROSSINGS.has(referent.kind),
      rank: RANKS[referent.kind] || 1,
    }))
    .filter((mark) => Number.isFinite(mark.km));

const sideOf = (frontages, side, words) =>
  (frontages || [])
    .filter((part) => part.side === side && part.to > part.from)
    .map((part) => ({ from: part.from, to: part.to, name: part.name ? words.name(part.name) : "" }))
    .sort((a, b) => a.from - b.from);

const endName = (words, where, name) =>
  isolated(
    name ? words.t(`chart.end.${where}_named`, { name: words.name(name) }) : words.t(`chart.end.${where}`),
  );

/** What the colours of the segments say, as the title of the axis. */
export const axisTitle = (rates, words) => {
  if (!rates || !rates.column) return words.t("chart.title.none");
  return rates.follows ? words.t("chart.title.rate") : unitText(words, rates);
};

/** The fixed part of both diagrams, in the present language. */
export const sceneOf = (app) => {
  const { data, words } = app;
  const { boundary, segments, rates } = data;
  const { flip, left, right } = direction(boundary.line || []);
  const sides = [sideOf(data.frontages, 1, words), sideOf(data.frontages, -1, words)];
  const codes = [boundary.left, boundary.right].map((code) => (code ? words.term("country_code", code) : ""));
  const neighbours = [boundary.start_name, boundary.end_name];
  const [first, last] = flip ? neighbours.reverse() : neighbours;
  // Of a ring no end lies farther west than the other.
  const [begin, end] = boundary.ring ? ["ring_start", "ring_end"] : [left, right];
  const level = rounded(words, 100 * ((rates && rates.level) || 0.95));
  return {
    dir: words.dir,
    length: boundary.length_km,
    from: segments.from,
    to: segments.to,
    flip,
    colours: (rates && rates.colours) || [],
    marks: marksOf(data.referents, words),
    districts: flip ? sides.reverse() : sides,
    codes: flip ? codes.reverse() : codes,
    ends: [endName(words, begin, first), endName(words, end, last)],
    number: (value) => words.number(value, { maximumFractionDigits: 6 }),
    axisTitle: words.t("chart.axis"),
    title: axisTitle(rates, words),
    yearsTitle: words.t("chart.title.years"),
    bandName: words.t("chart.band", { level }),
    bandCut: words.t("chart.band_cut", { level }),
    lineName: words.t("chart.line", { km: rounded(words, (rates && rates.bandwidth_km) || 0) }),
    frozen: rates && rates.follows ? "" : words.t("chart.frozen"),
  };
};
