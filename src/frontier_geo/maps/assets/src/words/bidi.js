// Keeping values of one direction from upsetting a text of the other.

const LEFT_TO_RIGHT_ISOLATE = "\u2066";
const RIGHT_TO_LEFT_ISOLATE = "\u2067";
const END = "\u2069";
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const LETTER = /\p{L}/u;
const DIRECTED = /[\p{L}\u200e\u200f]/u;
const DIGIT = /\p{Nd}/u;

export const isRightToLeft = (lang) => lang === "fa" || lang === "ar" || lang === "ur";

/**
 * A value as it goes into a text of direction `dir`: by itself where its direction may be another.
 * Its first letter gives its direction, also where that letter stands in a part isolated before: a
 * browser's own first-strong isolate would pass over such parts. Numbers and signs without letters
 * read left to right, so that "> 1.5" stays what it is.
 */
export const isolate = (value, dir) => {
  if (dir !== "rtl" && !RIGHT_TO_LEFT.test(value)) return value;
  const [first] = String(value).match(DIRECTED) || [""];
  const toTheLeft = first === "\u200f" || RIGHT_TO_LEFT.test(first);
  return (toTheLeft ? RIGHT_TO_LEFT_ISOLATE : LEFT_TO_RIGHT_ISOLATE) + value + END;
};

/** A whole text: left as it is, unless it is numbers and signs without a letter to give it its direction. */
export const settle = (text, dir) =>
  dir === "rtl" && DIGIT.test(text) && !LETTER.test(text) ? isolate(text, dir) : text;
