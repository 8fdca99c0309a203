// What is known of one incident, as [term, text] pairs; what is not known is left out.
import { MISSING } from "../data/columns.js";
import { joined } from "./lists.js";
import { distance, isNumber, kilometres, rounded } from "./numbers.js";

const NOWHERE = 0;
const ON_STRETCH = 2;
const OFF_BORDER = 3;
const UNKNOWN_RADIUS = 65535;
const WIDE = new Set(["district", "province", "frontage"]);
const NO_PLACE = new Set(["country", "unknown"]);

/** When, no more exactly than is known. */
export const whenText = (app, i) => {
  const { columns, words, data } = app;
  const first = columns.day[i];
  if (first === MISSING) return words.t("date_precision.unknown");
  const precision = data.date_precisions[columns.date_precision[i]] || "day";
  const span = columns.span[i];
  return span > 0 ? words.span(first, first + span, precision) : words.day(first, precision);
};

/** The type of an incident in words. */
export const typeText = (app, i) => {
  const type = app.data.types[app.columns.type[i]];
  return type ? app.words.term("type", type.key) : app.words.t("type.not_stated");
};

/** How well the place is known, in one sentence. */
export const knownText = (app, i) => {
  const { columns, words, data } = app;
  const precision = data.precisions[columns.precision[i]] || "unknown";
  const known = words.term("known", precision);
  const radius = columns.radius[i];
  if (radius === UNKNOWN_RADIUS || NO_PLACE.has(precision)) return known;
  const km = rounded(words, radius / 10, 2);
  return words.t(WIDE.has(precision) ? "sheet.known_along" : "sheet.known_within", { known, km });
};

/** Where along the border: the nearest kilometre, or the stretch it is known to. */
export const positionText = (app, i) => {
  const { columns, words, data } = app;
  const located = columns.located[i];
  if (located === ON_STRETCH) {
    const stretch = data.stretches[columns.stretch[i] - 1];
    return stretch
      ? words.t("sheet.on_stretch", {
          from: kilometres(words, stretch.from),
          to: kilometres(words, stretch.to),
        })
      : null;
  }
  if (columns.chainage[i] < 0) return null;
  const at = { km: kilometres(words, columns.chainage[i] / 1000) };
  if (columns.distance[i] < 0) return words.t("sheet.nearest", at);
  const far = { ...at, distance: distance(words, columns.distance[i]) };
  return words.t(located === OFF_BORDER ? "sheet.off_border" : "sheet.nearest_with_distance", far);
};

/** Killed, wounded, detained: one text each, with the range of the sources. */
export const peopleTexts = (words, record) => {
  const texts = [];
  const { killed, killed_min: low, killed_max: high } = record;
  if (isNumber(low) && isNumber(high) && low !== high) {
    const range = { low: words.number(low), high: words.number(high) };
    texts.push(
      isNumber(killed)
        ? words.t("people.killed_range", { n: killed, ...range })
        : words.t("people.killed_between", range),
    );
  } else if (isNumber(killed)) {
    texts.push(words.t("people.killed", { n: killed }));
  }
  if (isNumber(record.wounded)) texts.push(words.t("people.wounded", { n: record.wounded }));
  if (isNumber(record.detained)) texts.push(words.t("people.detained", { n: record.detained }));
  return texts;
};

export const narcoticsText = (words, record) => {
  if (!isNumber(record.narcotics_kg)) return record.narcotics_detail || null;
  const weight = words.t("unit.kg_value", { n: rounded(words, record.narcotics_kg, 5) });
  return record.narcotics_detail ? `${weight} (${record.narcotics_detail})` : weight;
};

const withSentence = (words, group, value) =>
  `${words.term(group, value)}. ${words.term(`${group}_about`, value)}`;

/** Names of places one after the other, from the small to the large; null where there is none. */
export const placeNames = (words, names) =>
  joined(
    words,
    names.filter(Boolean).map((name) => words.name(name)),
  ) || null;

/** District and province, translated where the page knows the name. */
export const adminText = (words, record) => placeNames(words, [record.admin2, record.admin1]);

/** All rows of the sheet, in order: [key of the term, text or texts]. */
export const incidentFacts = (app, i, record) => {
  const { columns, words, data } = app;
  const people = peopleTexts(words, record);
  const confidence = columns.confidence[i];
  const scope = data.scopes[columns.scope[i]];
  const dated = data.date_precisions[columns.date_precision[i]];
  const rows = [
    ["when", whenText(app, i)],
    [
      "date_known",
      columns.day[i] === MISSING || !dated || dated === "day" ? null : words.term("date_precision", dated),
    ],
    ["date_text", record.date_text],
    ["place", record.place],
    ["precision", knownText(app, i)],
    ["admin", adminText(words, record)],
    ["side", columns.side[i] ? words.side(columns.side[i]) : null],
    ["border", positionText(app, i)],
    ["reason", columns.located[i] === NOWHERE ? record.reason : null],
    ["people", people.length ? people : null],
    ["actors", record.actors],
    ["narcotics", narcoticsText(words, record)],
    ["weapons", record.weapons],
    ["basis", record.basis],
    ["confidence", confidence ? withSentence(words, "confidence", data.confidences[confidence - 1]) : null],
    ["scope", scope ? withSentence(words, "scope", scope) : null],
    ["counted", columns.counted[i] ? null : words.t("sheet.not_counted")],
    ["notes", record.notes],
    ["licence", record.licence],
    ["record", record.id],
  ];
  return rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
};
