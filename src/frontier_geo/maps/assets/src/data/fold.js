// What texts are compared by: without case, accents, and the ways in which one letter is typed.

// Letters that no accent rule takes apart, each before the one that it is compared as.
const TAJIK = "ҷчҳхқкғгұуүуәаөоңн";
const PERSIAN = "يیىیېیےیكکګگةهہهەهھهٱا";
const LATIN = "ıiłløođdðdħh";
const ARABIC_DIGITS = "٠0١1٢2٣3٤4٥5٦6٧7٨8٩9";
const PERSIAN_DIGITS = "۰0۱1۲2۳3۴4۵5۶6۷7۸8۹9";
const LONGER = { ß: "ss", æ: "ae", œ: "oe", þ: "th" };
const LEFT_OUT = "ءـʻʼʿʾ‘’`′'\u200b\u200c\u200d\u2060\ufeff\u00ad";

const ALIKE = new Map(Object.entries(LONGER));
for (const letters of [TAJIK, PERSIAN, LATIN, ARABIC_DIGITS, PERSIAN_DIGITS]) {
  for (let i = 0; i < letters.length; i += 2) ALIKE.set(letters[i], letters[i + 1]);
}
for (const letter of LEFT_OUT) ALIKE.set(letter, "");

const ODD = new RegExp(`[${[...ALIKE.keys()].join("")}]`, "gu");
const MARKS = /[\p{Mn}\p{Me}\u200e\u200f\u2066-\u2069]/gu;
// Runs of what is not plain: most texts hold few kinds of them, so each is folded once and remembered.
const SPECIAL = /[^\0-\x26\x28-\x5f\x61-\x7f]+/g;
const MOST_REMEMBERED = 50000;
const remembered = new Map();

const foldRun = (run) => {
  let folded = remembered.get(run);
  if (folded === undefined) {
    folded = run
      .normalize("NFKD")
      .replace(MARKS, "")
      .replace(ODD, (letter) => ALIKE.get(letter));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(run, folded);
  }
  return folded;
};

/** The text as it is compared. Control characters stay, so joined texts can be folded as one. */
export const fold = (text) => text.toLowerCase().replace(SPECIAL, foldRun);

/** The words of a query, folded, each once; a joiner within a word parts it, as a space would. */
export const queryWords = (query) => {
  const words = fold(String(query).replace(/[\u200c\0-\x1f]/g, " ")).split(/\s+/);
  return [...new Set(words)].filter((word) => word !== "");
};
