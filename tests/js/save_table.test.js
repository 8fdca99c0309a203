// The CSV file: cells, rows, and what may not be lost or run.
import assert from "node:assert/strict";
import test from "node:test";
import { load, MISSING } from "./helpers.js";

const { cell, line, MARK } = await load("save/csv.js");
const { HEADER, isoDay, rowOf, selected } = await load("save/rows.js");
const { tableParts } = await load("save/table.js");

/** What the library's reader makes of a cell (`original_cell`). */
const original = (text) => {
  const rest = text.replace(/^'+/, "");
  const starts = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];
  return rest.length < text.length && (!rest || starts.includes(rest[0])) ? text.slice(1) : text;
};
const unquoted = (text) => (text.startsWith('"') ? text.slice(1, -1).replace(/""/g, '"') : text);

const TEXTS = [
  "=1+1",
  "+7 900",
  "-5",
  "@cmd",
  "\tx",
  "\rx",
  "\nx",
  "＝1",
  "＋1",
  "－1",
  "＠x",
  "'=1+1",
  "''=1",
  "'",
  "''",
  "",
  "'Abd al-Rahman",
  "Rushan",
  'say "no"',
  "a,b",
  "two\nlines",
  "=cmd|' /C calc'!A0",
  '"=1"',
  "شمس",
  " =1",
];

test("no cell of text can act as a formula, and the reader gets each text back", () => {
  for (const text of TEXTS) {
    const written = unquoted(cell(text));
    assert.ok(!/^[=+\-@\t\r\n＝＋－＠]/.test(written), JSON.stringify(written));
    assert.equal(original(written), text, JSON.stringify(text));
  }
});

test("commas, quotes and line ends are quoted by RFC 4180; rows end with CR LF", () => {
  assert.equal(cell('a "b", c'), '"a ""b"", c"');
  assert.equal(line(["a", "b,c", 3]), 'a,"b,c",3\r\n');
  assert.equal(MARK, "\ufeff");
});

test("missing is an empty cell, an empty text is not; numbers stand as they are, also negative ones", () => {
  assert.deepEqual([null, undefined, NaN, "", 0, -2.5, 7].map(cell), ["", "", "", "'", "0", "-2.5", "7"]);
});

test("lists are JSON, and a NUL does not end a file", () => {
  assert.equal(unquoted(cell(["http://a.example/?q=1,2", 'b"'])), '["http://a.example/?q=1,2","b\\""]');
  assert.equal(cell("a\u0000b"), "ab");
});

test("days are ISO days, before 1970 too", () => {
  assert.equal(isoDay(0), "1970-01-01");
  assert.equal(isoDay(-1), "1969-12-31");
  assert.equal(isoDay(20000), "2024-10-04");
  assert.equal(isoDay(MISSING), null);
});

const head = {
  boundary: { left: "TJ", right: "AF" },
  types: [{ key: "armed_clash" }, { key: "not_stated" }],
  scopes: ["border"],
  precisions: ["exact", "district", "unknown"],
  confidences: ["low", "medium", "high"],
  date_precisions: ["day", "month", "unknown"],
  stretches: [{ from: 120, to: 150.5 }],
};
const columns = {
  n: 3,
  day: Int32Array.of(MISSING, 8035, 20000),
  span: Uint16Array.of(0, 30, 0),
  date_precision: Uint8Array.of(2, 1, 0),
  type: Uint16Array.of(1, 0, 0),
  side: Uint8Array.of(0, 3, 2),
  scope: new Uint8Array(3),
  confidence: Uint8Array.of(0, 2, 3),
  lon: Int32Array.of(MISSING, 6900000, 6912345),
  lat: Int32Array.of(MISSING, 3700000, 3754321),
  located: Uint8Array.of(0, 2, 1),
  precision: Uint8Array.of(2, 1, 0),
  radius: Uint16Array.of(65535, 250, 10),
  stretch: Uint16Array.of(0, 1, 0),
};
const row = (i, text = {}) =>
  Object.fromEntries(rowOf(head, columns, i, text).map((value, k) => [HEADER[k], value]));

test("a row has the columns of the event table, each under its name", () => {
  const found = row(2, {
    id: "x-1",
    place: "Panj",
    killed: 2,
    basis: "named",
    weapons: "rifles",
    notes: "n",
    links: [
      ["https://a.example/1", "a.example", "2024-10-04"],
      ["https://b.example", "b.example", null],
    ],
    others: ["leaflet"],
  });
  assert.equal(found.event_id, "x-1");
  assert.deepEqual(
    [found.date_start, found.date_end, found.date_precision],
    ["2024-10-04", "2024-10-04", "day"],
  );
  assert.deepEqual([found.event_type, found.country_side, found.confidence], ["armed_clash", "AF", "high"]);
  assert.deepEqual(
    [found.lon, found.lat, found.location_precision, found.location_uncertainty_km],
    [69.12345, 37.54321, "exact", 1],
  );
  assert.deepEqual(found.source_urls, ["https://a.example/1", "https://b.example", "leaflet"]);
  assert.deepEqual(found.source_dates, ["2024-10-04", "", ""]);
  assert.deepEqual([found.killed, found.weapons_seized, found.location_basis], [2, "rifles", "named"]);
});

test("only points have coordinates; a stretch has its kilometres; unknown stays empty", () => {
  const stretch = row(1);
  assert.deepEqual([stretch.lon, stretch.lat], [null, null], "even where a point lies in the columns");
  assert.deepEqual(
    [stretch.frontage_from_km, stretch.frontage_to_km, stretch.date_end],
    [120, 150.5, "1992-01-31"],
  );
  assert.equal(stretch.country_side, "both");
  const nowhere = row(0);
  for (const name of [
    "date_start",
    "date_end",
    "date_precision",
    "event_type",
    "country_side",
    "location_uncertainty_km",
    "source_urls",
    "source_dates",
  ]) {
    assert.equal(nowhere[name], null, name);
  }
});

test("confidence not stated is an empty cell", () => {
  assert.equal(cell(row(0).confidence), "");
});

test("the file holds what is shown and nothing else, in order", async () => {
  const texts = { many: async (ids) => ids.map((i) => ({ id: `e${i}` })) };
  const { parts, count } = await tableParts({ data: head, columns, texts }, Uint8Array.of(1, 0, 1));
  const rows = parts.join("").split("\r\n");
  assert.equal(count, 2);
  assert.ok(rows[0].startsWith("\ufeffevent_id,date_start,"));
  assert.deepEqual(
    rows.slice(1).map((one) => one.split(",")[0]),
    ["e0", "e2", ""],
  );
  assert.deepEqual(selected(Uint8Array.of(0, 1, 1)), [1, 2]);
});
