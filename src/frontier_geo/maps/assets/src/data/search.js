// Search over the texts of all incidents, chunk by chunk, so that the page stays alive meanwhile.
import { fold, queryWords } from "./fold.js";

const NEXT_RECORD = "\u0001";
const NEXT_FIELD = "\u0002";
const LETTERS_KEPT = 16e6; // of folded text, so that the next letter typed is answered soon
const BUSY_MS = 12;
const PLACES = ["place", "admin1", "admin2"];

/** Let the page draw and listen. */
const pause = () =>
  new Promise((done) => {
    if (typeof MessageChannel === "undefined") return setTimeout(done, 0);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    return port2.postMessage(0);
  });

const words = (value) => {
  if (typeof value === "string") {
    return value.includes(NEXT_RECORD) ? value.split(NEXT_RECORD).join(NEXT_FIELD) : value;
  }
  return Array.isArray(value) ? value.map(words).join(NEXT_FIELD) : "";
};

const hasWords = (column) => column.some((value) => typeof value === "string" || Array.isArray(value));

/** All texts of a chunk's records, folded and joined into one, each ended by `NEXT_RECORD`. */
const joinChunk = (source, chunk, count) => {
  const columns = source.fields.map((field) => chunk[field]).filter((column) => column && hasWords(column));
  const texts = [];
  for (let row = 0; row < count; row += 1) {
    for (const column of columns) if (column[row]) texts.push(words(column[row]));
    texts.push(NEXT_RECORD);
  }
  return fold(texts.join(NEXT_FIELD));
};

/**
 * By what else each record is found: its places in other languages and the words for its type. They are
 * folded already and the same for many records, so they are not joined to the texts.
 */
const otherWords = (source, chunk, first, count) => {
  const places = PLACES.map((field) => chunk[field]).filter(Boolean);
  return Array.from({ length: count }, (_, row) => {
    const others = [source.extra(first + row)];
    for (const column of places) if (column[row]) others.push(source.translated(words(column[row])));
    return others.filter((text) => text !== "");
  });
};

/** Where each record ends within a joined text. */
const endsOf = (joined, count) => {
  const ends = new Uint32Array(count);
  for (let row = 0, at = -1; row < count; row += 1) {
    at = joined.indexOf(NEXT_RECORD, at + 1);
    ends[row] = at;
  }
  return ends;
};

/** Whether a word occurs in a text, remembered: few texts are asked for often. */
const occurrence = (word) => {
  const known = new Map();
  return (text) => {
    if (!known.has(text)) known.set(text, text.includes(word));
    return known.get(text);
  };
};

/** Count in `hits` how many of the words occur in each record, up to the first that does not. */
const mark = ({ joined, ends, others, count }, wanted, hits) => {
  wanted.forEach((word, k) => {
    let row = 0;
    for (let at = joined.indexOf(word); at >= 0; at = joined.indexOf(word, ends[row])) {
      while (ends[row] < at) row += 1;
      if (hits[row] === k) hits[row] = k + 1;
    }
    const occurs = occurrence(word);
    for (row = 0; row < count; row += 1) if (hits[row] === k && others[row].some(occurs)) hits[row] = k + 1;
  });
};

const stopIf = (signal) => {
  if (signal && signal.aborted) {
    const error = new Error("The search was given up for a newer one.");
    error.name = "AbortError";
    throw error;
  }
};

/** Folded chunks, as many as there is room for; the first ones stay. */
const foldedChunks = (source) => {
  const kept = new Map();
  let room = LETTERS_KEPT;
  return async (number) => {
    if (kept.has(number)) return kept.get(number);
    const first = number * source.size;
    const count = Math.min(source.size, source.n - first);
    const chunk = await source.chunkOf(number);
    const joined = joinChunk(source, chunk, count);
    const others = otherWords(source, chunk, first, count);
    const entry = { joined, ends: endsOf(joined, count), others, first, count };
    if (joined.length <= room && !kept.has(number)) {
      room -= joined.length;
      kept.set(number, entry);
    }
    return entry;
  };
};

/**
 * Make `search(query, signal)`: a promise of 1 for each incident in whose texts all words of the query
 * occur, 0 for the others; null for an empty query. It fails with an AbortError once `signal` says so.
 */
export const searchTexts = (source) => {
  const folded = foldedChunks(source);
  return async (query, signal) => {
    const wanted = queryWords(query).slice(0, 200);
    if (wanted.length === 0) return null;
    const found = new Uint8Array(source.n);
    let since = Date.now();
    for (let number = 0; number < source.chunks; number += 1) {
      stopIf(signal);
      const entry = await folded(number);
      const hits = new Uint8Array(entry.count);
      mark(entry, wanted, hits);
      for (let row = 0; row < entry.count; row += 1) {
        if (hits[row] === wanted.length) found[entry.first + row] = 1;
      }
      if (Date.now() - since > BUSY_MS) {
        await pause();
        since = Date.now();
      }
    }
    stopIf(signal);
    return found;
  };
};
