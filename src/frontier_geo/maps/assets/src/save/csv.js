/**
 * Cells and rows of a CSV file (RFC 4180) that no spreadsheet takes for formulas, protected as the
 * library's own writers do, so that its reader takes the protection away exactly.
 */

const FORMULA_STARTS = new Set(["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]);
const NEEDS_QUOTES = /[",\r\n]/;

/** Whether a text, its apostrophes aside, begins like a formula or is empty. */
const risky = (text) => {
  let start = 0;
  while (text[start] === "'") start += 1;
  return start === text.length || FORMULA_STARTS.has(text[start]);
};

const quoted = (text) => (NEEDS_QUOTES.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

/** A cell. Texts are protected, numbers stand as they are, lists are JSON, what is missing is empty. */
export const cell = (value) => {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  // Such a file holds no NUL: readers end a text there.
  const text = (Array.isArray(value) ? JSON.stringify(value) : String(value)).replace(/\u0000/g, "");
  return quoted(risky(text) ? `'${text}` : text);
};

/** One line of the file, with its end. */
export const line = (values) => `${values.map(cell).join(",")}\r\n`;

/** What a file in UTF-8 begins with so that spreadsheets know it. */
export const MARK = "\ufeff";
