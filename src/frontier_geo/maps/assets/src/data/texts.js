// What is told of each incident: text in chunks, unpacked when asked for, the last ones kept.
import { fold } from "./fold.js";
import { searchTexts } from "./search.js";

const CHUNKS_KEPT = 8;
const LISTS = ["links", "others"];

/** A cache of promises by key that forgets the least recently used beyond `most`. */
export const keepLast = (most, make) => {
  const kept = new Map();
  return (key) => {
    const value = kept.get(key) || make(key);
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > most) kept.delete(kept.keys().next().value);
    value.catch(() => kept.delete(key));
    return value;
  };
};

/** A chunk with a text for every row: those that recur are told once, and `again` says whose they are. */
const spelledOut = ({ again, ...columns }) => {
  for (const [field, numbers] of Object.entries(again || {})) {
    const told = columns[field];
    columns[field] = numbers.map((number) => told[number]);
  }
  return columns;
};

const recordOf = (chunk, fields, row) => {
  const record = {};
  for (const field of fields) record[field] = chunk[field] ? (chunk[field][row] ?? null) : null;
  for (const list of LISTS) record[list] = record[list] || [];
  return record;
};

/** The translations of a name in all languages of the page, folded into one text. */
const translator = (names) => {
  const tables = Object.values(names || {}).map((table) => new Map(Object.entries(table)));
  const known = new Map();
  const translate = (name) =>
    tables
      .map((table) => table.get(name) || "")
      .join(" ")
      .trim();
  return (text) => {
    if (!known.has(text)) {
      const parts = [text, ...text.split(/\s*[,;(/]\s*|\)/)].filter(
        (part, i, all) => all.indexOf(part) === i,
      );
      known.set(
        text,
        fold(
          parts
            .map(translate)
            .filter((part) => part !== "")
            .join(" "),
        ),
      );
    }
    return known.get(text);
  };
};

/**
 * The texts of all incidents. `readChunk(number)` gives a promise of a chunk's columns; `extra(i)`
 * may give further folded text by which incident `i` is found, such as the words for its type.
 */
export const createTexts = (head, readChunk, extra = () => "") => {
  const { chunk: size, chunks, fields } = head.text;
  const chunkOf = keepLast(CHUNKS_KEPT, async (number) => spelledOut((await readChunk(number)) || {}));
  const get = async (i) => recordOf(await chunkOf(Math.floor(i / size)), fields, i % size);
  const source = { n: head.n, size, chunks, fields, chunkOf, extra, translated: translator(head.names) };
  return {
    get,
    many: (ids) => Promise.all(Array.from(ids, get)),
    search: searchTexts(source),
  };
};
