// The sheet of a segment of the border, for the whole range or for one year.
import { basisTexts } from "./basis.js";
import { el, item, text } from "./dom.js";
import { placeNames } from "./incident_facts.js";
import { isNumber, kilometres, rounded } from "./numbers.js";
import { rateNumber, rateText, valueText } from "./rate_text.js";
import { factList, incidentFolds } from "./sheet_incident.js";

const range = (words, from, to) =>
  isNumber(from) && isNumber(to)
    ? words.t("sheet.km_range", { from: kilometres(words, from), to: kilometres(words, to) })
    : null;

/** Rows that do not depend on filters: where the segment lies. */
export const placeFacts = (app, s) => {
  const { words, data } = app;
  const { segments } = data;
  const at = (column) => (segments[column] ? segments[column][s] : null);
  return [
    [words.t("sheet.official"), range(words, at("official_from"), at("official_to"))],
    [words.side(1), placeNames(words, [at("left_district"), at("left_province")])],
    [words.side(2), placeNames(words, [at("right_district"), at("right_province")])],
    [words.t("sheet.terrain"), at("terrain") ? words.term("terrain", at("terrain")) : null],
  ];
};

/** Rows of the rate: from the filtered incidents, or from the table where it does not follow them. */
export const rateFacts = (app, s, result) => {
  const { words, data } = app;
  const { rates, segments } = data;
  if (rates.follows === null) {
    const value = valueText(words, segments.value[s]);
    return [
      [words.term("column", rates.column), value],
      [
        words.t("sheet.known_here"),
        isNumber(segments.events?.[s]) ? rounded(words, segments.events[s], 6) : null,
      ],
      [words.t("sheet.rate"), rates.column === "rate" ? null : rateText(app, segments.rate?.[s])],
    ];
  }
  const length = segments.to[s] - segments.from[s];
  const years = result.exposureYears;
  const shared = rates.follows === "expected" ? rateNumber(words, result.expected[s]) : null;
  return [
    [
      words.t("sheet.rate"),
      rateText(app, result.rate[s], result.lo[s], result.hi[s]) || words.t("legend.missing"),
    ],
    [words.t("sheet.known_here"), words.number(result.known[s])],
    [words.t("sheet.shared_here"), shared],
    [
      words.t("sheet.exposure"),
      isNumber(years) ? words.t("unit.km_years", { n: rounded(words, length * years) }) : null,
    ],
  ];
};

/** The incidents that are known to have happened on a segment and pass the filters, newest first. */
export const incidentsOn = (columns, visible, s) => {
  const ids = [];
  for (let i = columns.n - 1; i >= 0; i -= 1) if (visible[i] && columns.known[i] === s + 1) ids.push(i);
  return ids;
};

/** What the numbers rest on. */
export const basisNote = (app, texts) =>
  el("div", { class: "fg-basis" }, [
    text("h3", app.words.t("about.rests_on")),
    el(
      "ul",
      {},
      texts.map(item),
    ),
  ]);

const heading = (words, segments, s) =>
  text(
    "h2",
    words.t("sheet.segment", {
      from: kilometres(words, segments.from[s]),
      to: kilometres(words, segments.to[s]),
    }),
  );

export const segmentSheet = (app, s) => {
  const { words, data, columns, store } = app;
  const state = store.get();
  const rows = [...rateFacts(app, s, state.result), ...placeFacts(app, s)].filter(
    ([, value]) => value !== null,
  );
  const ids = incidentsOn(columns, state.result.visible, s);
  return el("article", { class: "fg-sheet" }, [
    heading(words, data.segments, s),
    factList(rows),
    ids.length ? text("h3", words.t("sheet.incidents_here", { n: ids.length })) : null,
    ids.length ? incidentFolds(app, ids) : null,
    basisNote(app, basisTexts(app, state)),
  ]);
};

/** One segment in one year of the year chart: everything as if that year were the time range. */
export const yearSheet = (app, s, row) => {
  const { words, data, model, store } = app;
  const years = model.years(store.get());
  const year = years && years.years[row];
  if (!year) return segmentSheet(app, s);
  const state = { ...store.get(), range: year.range };
  const rows = [
    [words.t("sheet.year"), year.label],
    ...rateFacts(app, s, model.update(state)),
    ...placeFacts(app, s),
  ];
  return el("article", { class: "fg-sheet" }, [
    heading(words, data.segments, s),
    factList(rows.filter(([, value]) => value !== null)),
    basisNote(app, basisTexts(app, state)),
  ]);
};
