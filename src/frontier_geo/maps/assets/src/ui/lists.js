// Lists of texts in one line.

const ISOLATES = /[\u2066-\u2069]/g;

/** Texts one after the other; the comma is that of the language and flows with the page. */
export const joined = (words, texts) =>
  texts.map((text) => words.isolate(text)).join(words.t("basis.separator").replace(ISOLATES, ""));
