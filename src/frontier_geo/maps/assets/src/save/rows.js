/** The rows of the event table behind the incidents of a page. */
import { MISSING } from "../data/columns.js";

const DAY_MS = 86_400_000;
const UNKNOWN_RADIUS = 65_535;
const POINT = [1, 3]; // values of `located`
const NOT_STATED = new Set(["not_stated"]);

/** A day as ISO 8601 text; null where there is none. */
export const isoDay = (day) => {
  if (day === MISSING || !Number.isFinite(day)) return null;
  const date = new Date(day * DAY_MS);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/T.*/, "");
};

const known = (word) => (word && word !== "unknown" && !NOT_STATED.has(word) ? word : null);

const sideWord = (code, { left, right }) => [null, left, right, "both"][code] || null;

const degrees = (units) => (units === MISSING ? null : units / 1e5);

const addresses = (links, others) => [...(links || []).map(([url]) => url), ...(others || [])];

const listOrNone = (list) => (list.length ? list : null);

const datesOf = (links, others) => {
  const days = (links || []).map((link) => link[2] || "");
  return days.some(Boolean) ? [...days, ...(others || []).map(() => "")] : null;
};

const notInPage = () => null; // empty, so that the library knows the file as its own

/** The columns in the order of the event table, each with how it is had of incident i and its texts. */
const COLUMNS = [
  ["event_id", (at) => at.text.id],
  ["date_start", (at) => isoDay(at.columns.day[at.i])],
  [
    "date_end",
    (at) => (at.columns.day[at.i] === MISSING ? null : isoDay(at.columns.day[at.i] + at.columns.span[at.i])),
  ],
  ["date_precision", (at) => known(at.head.date_precisions[at.columns.date_precision[at.i]])],
  ["event_type", (at) => known((at.head.types[at.columns.type[at.i]] || {}).key)],
  ["source_event_type", notInPage],
  ["scope", (at) => at.head.scopes[at.columns.scope[at.i]]],
  ["actors", (at) => at.text.actors],
  ["place", (at) => at.text.place],
  ["country", notInPage],
  ["country_side", (at) => sideWord(at.columns.side[at.i], at.head.boundary)],
  ["admin1", (at) => at.text.admin1],
  ["admin2", (at) => at.text.admin2],
  ["place_ids", notInPage],
  ["lon", (at) => (at.point ? degrees(at.columns.lon[at.i]) : null)],
  ["lat", (at) => (at.point ? degrees(at.columns.lat[at.i]) : null)],
  ["location_precision", (at) => at.head.precisions[at.columns.precision[at.i]]],
  [
    "location_uncertainty_km",
    (at) => (at.columns.radius[at.i] === UNKNOWN_RADIUS ? null : at.columns.radius[at.i] / 10),
  ],
  ["frontage_from_km", (at) => (at.stretch ? at.stretch.from : null)],
  ["frontage_to_km", (at) => (at.stretch ? at.stretch.to : null)],
  ["location_basis", (at) => at.text.basis],
  ["killed", (at) => at.text.killed],
  ["killed_min", (at) => at.text.killed_min],
  ["killed_max", (at) => at.text.killed_max],
  ["wounded", (at) => at.text.wounded],
  ["detained", (at) => at.text.detained],
  ["narcotics_kg", (at) => at.text.narcotics_kg],
  ["narcotics_detail", (at) => at.text.narcotics_detail],
  ["weapons_seized", (at) => at.text.weapons],
  ["summary", (at) => at.text.summary],
  ["source_urls", (at) => listOrNone(addresses(at.text.links, at.text.others))],
  ["source_dates", (at) => datesOf(at.text.links, at.text.others)],
  ["source", (at) => at.text.source],
  ["source_version", notInPage],
  ["licence", (at) => at.text.licence],
  ["confidence", (at) => at.head.confidences[at.columns.confidence[at.i] - 1]],
  ["notes", (at) => at.text.notes],
];

/** The names of the columns. */
export const HEADER = COLUMNS.map(([name]) => name);

/** The values of incident `i`; `text` is what is told of it. */
export const rowOf = (head, columns, i, text) => {
  const stretch = columns.stretch[i] ? head.stretches[columns.stretch[i] - 1] : null;
  const at = { head, columns, i, text, stretch, point: POINT.includes(columns.located[i]) };
  return COLUMNS.map(([, valueOf]) => valueOf(at));
};

/** The incidents that are shown: 1 in `visible`. */
export const selected = (visible) => {
  const ids = [];
  for (let i = 0; i < visible.length; i += 1) if (visible[i]) ids.push(i);
  return ids;
};
