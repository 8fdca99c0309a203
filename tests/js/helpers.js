// What several tests need: the page's modules, fixtures, random numbers with a seed, made-up data.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const SOURCE = "../../src/frontier_geo/maps/assets/src/";

export const load = (path) => import(new URL(SOURCE + path, import.meta.url));

export const fixture = (name) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));

export const catalogue = (lang) =>
  JSON.parse(readFileSync(new URL(`${SOURCE}../catalogues/${lang}.json`, import.meta.url), "utf8"));

/** Random numbers below 1, always the same ones for a seed (mulberry32). */
export const randomness = (seed) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    whole: (n) => Math.floor(next() * n),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
};

export const closeTo = (found, wanted, relative, what = "") => {
  const room = relative * Math.max(Math.abs(wanted), 1e-300);
  assert.ok(
    Object.is(found, wanted) || Math.abs(found - wanted) <= room,
    `${what}: ${found} should be ${wanted} to ${relative}`,
  );
};

export const packed = (content) => gzipSync(Buffer.from(content)).toString("base64");

export const MISSING = -2147483648;
const TYPES = {
  day: Int32Array,
  span: Uint16Array,
  date_precision: Uint8Array,
  type: Uint16Array,
  side: Uint8Array,
  confidence: Uint8Array,
  scope: Uint8Array,
  precision: Uint8Array,
  counted: Uint8Array,
  known: Uint16Array,
  place: Uint32Array,
  stretch: Uint16Array,
};

const profileColumns = (profiles) => {
  const flat = profiles.flat();
  const starts = profiles.reduce((list, profile) => [...list, list[list.length - 1] + profile.length], [0]);
  return {
    profile_start: Uint32Array.from(starts),
    profile_segment: Uint16Array.from(flat, ([segment]) => segment),
    profile_weight: Uint16Array.from(flat, ([, weight]) => weight),
  };
};

/** Columns as the page has them, from plain lists; what is not given is 0. */
export const makeColumns = (lists, profiles) => {
  const n = lists.day.length;
  const columns = { n, ...profileColumns(profiles) };
  for (const [name, Type] of Object.entries(TYPES))
    columns[name] = Type.from(lists[name] || new Array(n).fill(0));
  return columns;
};

/** A head that goes with `segments` segments of 10 km; more of it by `more`. */
export const makeHead = (segments, n, period, more = {}) => {
  const list = (value) => Array.from({ length: segments }, (_, i) => value(i));
  const years = (period[1] - period[0] + 1) / 365.25;
  return {
    n,
    languages: ["en", "ru", "tg", "fa"],
    boundary: { length_km: 10 * segments, left: "TJ", right: "AF" },
    segments: {
      id: list((i) => `s${i + 1}`),
      from: list((i) => 10 * i),
      to: list((i) => 10 * i + 10),
      exposure: list(() => 10 * years),
      expected: null,
      value: list(() => null),
      lo: null,
      hi: null,
    },
    rates: {
      follows: "expected",
      level: 0.95,
      first_day: period[0],
      last_day: period[1],
      breaks: [1, 5, 20, 80],
      bandwidth_km: 12,
    },
    types: ["armed_clash", "smuggling", "arrest", "other", "own word, with comma"].map((key) => ({ key })),
    precisions: ["exact", "settlement", "district"],
    confidences: ["low", "medium", "high"],
    scopes: ["border", "context"],
    stretches: [{}, {}, {}],
    cells: [{}, {}],
    referents: [{}],
    ...more,
  };
};

export const noFilters = () => ({
  range: null,
  found: null,
  lang: "en",
  off: {
    types: new Set(),
    sides: new Set(),
    precisions: new Set(),
    confidences: new Set(),
    scopes: new Set(),
  },
});
