// Every word of the page, in the language of the view.
import { isolate, isRightToLeft, settle } from "./bidi.js";
import { addMonths, calendarOf, monthEdges } from "./calendar.js";
import { createDates } from "./dates.js";
import { formatNumber, pluralOf } from "./numbers.js";

const FALLBACK = "en";
const NONE = "–";

const MACHINE_WORD = /^[\p{L}\p{N}]+(_[\p{L}\p{N}]+)*$/u;

/** A word of a vocabulary made readable; anything else stays as it was written. */
const readable = (text) => {
  const given = String(text).trim();
  if (!MACHINE_WORD.test(given)) return given;
  return given.charAt(0).toUpperCase() + given.slice(1).replace(/_/g, " ");
};

const own = (table, key) =>
  table && Object.prototype.hasOwnProperty.call(table, key) ? table[key] : undefined;

/**
 * The words of a page. `catalogues` holds one table of texts for each language, `names` the names of
 * places by their English one, `boundary` the countries on both sides. `onMissing(key, lang)` hears of
 * each text that a language lacks: English stands in for it.
 */
export const createWords = ({
  catalogues,
  names = {},
  boundary = {},
  lang = FALLBACK,
  onMissing = () => {},
}) => {
  const languages = Object.keys(catalogues);
  const missing = new Set();
  let current = languages.includes(lang) ? lang : FALLBACK;
  const dir = () => (isRightToLeft(current) ? "rtl" : "ltr");

  const miss = (key) => {
    const mark = `${current} ${key}`;
    if (missing.has(mark)) return;
    missing.add(mark);
    onMissing(key, current, missing.size);
  };

  /** The text of a key with the language it is in; undefined where no language has it. */
  const find = (key) => {
    const text = own(catalogues[current], key);
    if (text !== undefined) return { text, from: current };
    const english = own(catalogues[FALLBACK], key);
    return english === undefined ? undefined : { text: english, from: FALLBACK };
  };

  const number = (value, options) =>
    value === null || value === undefined || Number.isNaN(value)
      ? NONE
      : formatNumber(current, value, options);

  const shown = (value) => isolate(typeof value === "number" ? number(value) : String(value ?? ""), dir());

  const fill = (text, params) =>
    text.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = own(params, name);
      return value === undefined ? whole : shown(value);
    });

  const choose = ({ text, from }, params) => {
    if (typeof text === "string") return text;
    const n = own(params, "n") ?? own(params, "count") ?? 0;
    const count = typeof n === "number" ? n : (own(params, "count") ?? 0);
    return text[pluralOf(from, count)] ?? text.other ?? "";
  };

  /** The text of a key, its `{places}` filled with `params`. Plural forms follow the number `n`. */
  const t = (key, params = {}) => {
    const found = find(key);
    if (!found || found.from !== current) miss(key);
    if (!found) return readable(key.split(".").pop());
    return settle(fill(choose(found, params), params), dir());
  };

  /** A word of a vocabulary: its text, or the word itself made readable. */
  const term = (group, value) => {
    const key = `${group}.${value}`;
    return find(key) ? t(key) : readable(value ?? "");
  };

  const country = (code) => term("country", code);

  /** The side of the border: 1 left, 2 right, 3 both; anything else is not known. */
  const side = (which) => {
    if (which !== 1 && which !== 2) return t(which === 3 ? "side.both" : "side.unknown");
    const code = which === 1 ? boundary.left : boundary.right;
    return find(`side.${code}`) ? t(`side.${code}`) : t("side.other", { country: country(code) });
  };

  /** The name of a place in the language of the view, or the name as given. */
  const name = (text) => own(names[current], text) ?? text;

  /** From one text (or number) to another; reads from the first to the second in both directions. */
  const range = (from, to) => {
    const texts = [from, to].map((end) => (typeof end === "number" ? number(end) : end));
    const dash = texts.some((text) => /\s/.test(text)) ? " – " : "–";
    if (dir() === "ltr") return isolate(texts.join(dash), dir());
    return isolate(`\u200f${texts.map((text) => isolate(text, dir())).join(dash)}`, dir());
  };

  const dates = createDates({ t, lang: () => current, join: range });

  return {
    t,
    number,
    term,
    side,
    name,
    range,
    country,
    missing,
    languages,
    isolate: (text) => isolate(String(text), dir()),
    day: dates.day,
    span: dates.span,
    years: dates.years,
    yearTicks: dates.yearTicks,
    monthEdges: (first, last) => monthEdges(calendarOf(current), first, last),
    addMonths: (day, n) => addMonths(calendarOf(current), day, n),
    monthStart: (day) => day + 1 - calendarOf(current).parts(day).day,
    yearStart: (day) => calendarOf(current).yearStart(calendarOf(current).parts(day).year),
    set: (next) => {
      if (languages.includes(next)) current = next;
    },
    get lang() {
      return current;
    },
    get dir() {
      return dir();
    },
  };
};
