/** What stands beside map and diagram on a saved picture and on paper: words and legend. */
import { PALETTE } from "../map/palette.js";
import { citation } from "../ui/about.js";
import { filterTexts, spanText } from "../ui/basis.js";
import { classLabel, classRows } from "../ui/classes.js";
import { unitText } from "../ui/legend.js";

const MOST_TYPES = 24;

/** Title, period, filters, sources: {title, lines, sources, version}. */
export const wordsOf = (app) => {
  const { words, data, store } = app;
  const state = store.get();
  const { result } = state;
  const count = words.t("header.count", { n: data.n, shown: words.number(result ? result.count : data.n) });
  const first = [words.t("basis.period", { span: spanText(app, state) }), count].join(" ");
  const filters = filterTexts(app, state);
  const frozen = data.rates.follows === null ? [words.t("chart.frozen_long")] : [];
  return {
    title: words.name(data.title),
    lines: [first, ...filters, ...frozen],
    sources: [...data.notes.attribution, ...data.notes.sources].filter(
      (one, i, all) => all.indexOf(one) === i,
    ),
    version: citation(words, data),
  };
};

/** The classes of the ribbon: [{kind: "line" | "bar", colour, width, label}], under `title`. */
export const classEntries = (app) => {
  const { words, data, store } = app;
  const { rates } = data;
  const { result, style } = store.get();
  if (!result || !data.segments.from.length || rates.column === null) return { title: "", entries: [] };
  const rows = classRows(rates.breaks, result.classOf, { open: rates.follows !== null });
  const entries = rows.map((row) => ({
    kind: style === "bars" ? "bar" : "line",
    colour: rates.colours[row.index],
    width: rates.widths[row.index],
    casing: PALETTE.casing,
    label: classLabel(words, row),
  }));
  return { title: unitText(words, rates), entries };
};

/** The types that are shown: [{kind: "symbol", colour, shape, label}]. */
export const typeEntries = (app) => {
  const { words, data, store } = app;
  const { off, layers } = store.get();
  if (layers && layers.incidents === false) return [];
  const shown = data.types
    .map((type, i) => ({ type, i }))
    .filter(({ type, i }) => type.count > 0 && !off.types.has(i));
  return shown.slice(0, MOST_TYPES).map(({ type }) => ({
    kind: "symbol",
    colour: type.colour,
    shape: type.shape,
    label: words.term("type", type.key),
  }));
};
