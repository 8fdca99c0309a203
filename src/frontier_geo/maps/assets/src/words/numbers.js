// Numbers and plurals of the languages of the page.

// Browsers lack Tajik: it writes numbers as Russian does. Persian digits for Dari everywhere.
const LOCALES = { en: "en", ru: "ru", tg: "ru", fa: "fa-AF-u-nu-arabext" };

const localeOf = (lang) => LOCALES[lang] || "en";

const formats = new Map();

const formatOf = (lang, options) => {
  const key = lang + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(localeOf(lang), options));
  return formats.get(key);
};

/**
 * A number in the digits and signs of a language. Options are those of Intl.NumberFormat, and in short
 * `digits` (decimals at most) and `significant` (significant digits at most).
 */
export const formatNumber = (lang, value, { digits, significant, ...options } = {}) => {
  if (digits !== undefined) options.maximumFractionDigits = digits;
  if (significant !== undefined) options.maximumSignificantDigits = significant;
  // A whole number is the same with whatever decimals at most; each kind of format takes time to make.
  if (Number.isInteger(value) && Object.keys(options).join() === "maximumFractionDigits")
    return formatOf(lang, {}).format(value);
  return formatOf(lang, options).format(value);
};

/** A year: digits alone, not grouped. */
export const formatYear = (lang, year) => formatNumber(lang, year, { useGrouping: false });

const plurals = new Map();

/** Which of the plural forms a number takes. */
export const pluralOf = (lang, n) => {
  if (lang === "tg") return n === 1 ? "one" : "other"; // not known to most browsers
  if (!plurals.has(lang)) plurals.set(lang, new Intl.PluralRules(lang));
  return plurals.get(lang).select(n);
};
