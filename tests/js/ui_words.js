// A page without elements: real words, a small head, columns of a few incidents.
import { catalogue, load } from "./helpers.js";

const { createWords } = await load("words/words.js");

export const MISSING = -2147483648;
const catalogues = Object.fromEntries(["en", "ru", "tg", "fa"].map((lang) => [lang, catalogue(lang)]));

const HEAD = {
  title: "A border",
  boundary: {
    name: "A border",
    left: "TJ",
    right: "AF",
    length_km: 1343.96,
    source: "OpenStreetMap, by way of a builder",
  },
  rates: {
    column: "expected_rate",
    follows: "expected",
    unit: "per_100km_year",
    level: 0.95,
    first_day: 0,
    last_day: 9999,
    resolution: null,
  },
  types: [{ key: "armed_clash" }, { key: "drug_seizure" }, { key: "Own kind" }],
  precisions: ["exact", "near_settlement", "district", "country", "unknown"],
  confidences: ["low", "medium", "high"],
  scopes: ["border", "context"],
  date_precisions: ["day", "month", "year", "unknown"],
  stretches: [{ from: 10, to: 42.5, side: 1, name: null }],
  notes: {
    attribution: [],
    sources: [],
    data_version: "1.0",
    data_hash: "abc",
    library_version: "0.1",
    set_aside: {},
    outside_period: 0,
  },
  names: {},
};

const COLUMNS = {
  day: 19000,
  span: 0,
  date_precision: 0,
  type: 0,
  side: 1,
  confidence: 3,
  scope: 0,
  precision: 0,
  counted: 1,
  known: 0,
  stretch: 0,
  located: 1,
  chainage: 310400,
  distance: 1240,
  radius: 10,
  lon: 6800000,
  lat: 3700000,
};

/** An app with one incident for each of `rows` (columns that differ from the usual ones). */
export const makeApp = (rows = [{}], { lang = "en", head = {} } = {}) => {
  const data = {
    ...HEAD,
    ...head,
    rates: { ...HEAD.rates, ...head.rates },
    notes: { ...HEAD.notes, ...head.notes },
    n: rows.length,
  };
  const columns = { n: rows.length };
  for (const [name, usual] of Object.entries(COLUMNS)) columns[name] = rows.map((row) => row[name] ?? usual);
  const words = createWords({ catalogues, names: data.names, boundary: data.boundary, lang });
  return { data, columns, words };
};

export const noneOff = () =>
  Object.fromEntries(
    ["types", "sides", "precisions", "confidences", "scopes"].map((group) => [group, new Set()]),
  );

/** Text without the marks that isolate its parts. */
export const bare = (text) => String(text).replace(/[\u2066-\u2069\u200e\u200f]/g, "");
