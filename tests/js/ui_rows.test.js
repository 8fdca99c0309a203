import assert from "node:assert/strict";
import test from "node:test";
import { load, randomness } from "./helpers.js";
import { MISSING, noneOff } from "./ui_words.js";

const rows = await load("ui/rows.js");
const { nextOrder } = await load("ui/table_head.js");

// A line due east along 37° N from 68° to 70° E, a vertex every 0.5°, 44 km apart.
const BOUNDARY = {
  line: [6800000, 3700000, 50000, 0, 50000, 0, 50000, 0, 50000, 0],
  metres: [0, 44000, 44000, 44000, 44000],
};
const STRETCHES = [
  { from: 0, to: 40 },
  { from: 40, to: 100 },
  { from: 150, to: 176 },
];

const columns = (list) => ({
  n: list.length,
  lon: Int32Array.from(list, (row) => row.lon ?? MISSING),
  lat: Int32Array.from(list, (row) => row.lat ?? MISSING),
  day: Int32Array.from(list, (row) => row.day ?? MISSING),
  type: Uint16Array.from(list, (row) => row.type ?? 0),
  located: Uint8Array.from(list, (row) => row.located ?? 0),
  stretch: Uint16Array.from(list, (row) => row.stretch ?? 0),
  chainage: Int32Array.from(list, (row) => row.chainage ?? -1),
  side: new Uint8Array(list.length),
  precision: new Uint8Array(list.length),
  confidence: new Uint8Array(list.length),
  scope: new Uint8Array(list.length),
});
const all = (n) => new Uint8Array(n).fill(1);

test("vertices are summed up from their differences", () => {
  const { lon, lat, km } = rows.lineVertices(BOUNDARY);
  assert.deepEqual([...lon], [6800000, 6850000, 6900000, 6950000, 7000000]);
  assert.deepEqual([...lat], new Array(5).fill(3700000));
  assert.deepEqual([...km], [0, 44, 88, 132, 176]);
});

test("a stretch is in view when its band is, even without a vertex in view", () => {
  const vertices = rows.lineVertices(BOUNDARY);
  const seen = (bounds) => [...rows.stretchesInView(vertices, STRETCHES, bounds)];
  assert.deepEqual(seen([36, 67, 38, 71]), [1, 1, 1]);
  assert.deepEqual(seen([36.9, 69.6, 37.1, 69.8]), [0, 0, 1]); // between two vertices
  assert.deepEqual(seen([37.5, 67, 38, 71]), [0, 0, 0]); // north of the line
});

test("points by their place, stretches by their band, the others not at all", () => {
  const table = columns([
    { located: 1, lon: 6810000, lat: 3700000 },
    { located: 1, lon: 6990000, lat: 3700000 },
    { located: 3, lon: 6812000, lat: 3690000 },
    { located: 2, stretch: 1 },
    { located: 2, stretch: 3 },
    { located: 0 },
  ]);
  const bounds = [36.8, 68, 37.2, 68.3];
  const seen = rows.stretchesInView(rows.lineVertices(BOUNDARY), STRETCHES, bounds);
  assert.deepEqual([...rows.inView(table, all(6), bounds, seen)], [0, 2, 3]);
  const visible = Uint8Array.of(0, 1, 1, 1, 1, 1);
  assert.deepEqual([...rows.inView(table, visible, bounds, seen)], [2, 3]);
  assert.deepEqual([...rows.inView(table, all(6), null, Uint8Array.of(1, 1, 1))], [0, 1, 2, 3, 4]);
});

test("newest first, undated last either way; the columns come sorted by day", () => {
  const table = columns([{}, {}, { day: -5 }, { day: 7 }, { day: 30 }, { day: 30 }]);
  const ids = Uint32Array.of(0, 1, 2, 4, 5);
  const order = (up) => [...rows.sorted(table, STRETCHES, ids, { key: "date", up, typeOrder: [0] })];
  assert.deepEqual(order(false), [5, 4, 2, 1, 0]);
  assert.deepEqual(order(true), [2, 4, 5, 0, 1]);
  assert.deepEqual([...ids], [0, 1, 2, 4, 5]); // as it was given
});

test("by place along the border: points by their kilometre, stretches by their beginning", () => {
  const table = columns([
    { located: 1, chainage: 90000 },
    { located: 2, stretch: 2 },
    { located: 1 },
    { located: 1, chainage: 10000 },
  ]);
  const order = (up) => [
    ...rows.sorted(table, STRETCHES, Uint32Array.of(0, 1, 2, 3), { key: "place", up, typeOrder: [0] }),
  ];
  assert.deepEqual(order(true), [3, 1, 0, 2]);
  assert.deepEqual(order(false), [0, 1, 3, 2]);
});

test("by type in the order of the language, newest first within a type", () => {
  const table = columns([
    { type: 0, day: 1 },
    { type: 1, day: 2 },
    { type: 0, day: 3 },
  ]);
  const order = rows.sorted(table, STRETCHES, Uint32Array.of(0, 1, 2), {
    key: "type",
    up: true,
    typeOrder: [5, 2],
  });
  assert.deepEqual([...order], [1, 2, 0]);
});

test("sorting agrees with a plain sort on a thousand made-up incidents", () => {
  const random = randomness(7);
  const table = columns(Array.from({ length: 1000 }, () => ({ located: 1, chainage: random.whole(40) - 1 })));
  const ids = Uint32Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 3 > 0);
  for (const up of [true, false]) {
    const plain = [...ids].sort((a, b) => {
      const [x, y] = [table.chainage[a], table.chainage[b]];
      if (x < 0 !== y < 0) return x < 0 ? 1 : -1;
      return (up ? x - y : y - x) || b - a;
    });
    assert.deepEqual([...rows.sorted(table, [], ids, { key: "place", up, typeOrder: [0] })], plain);
  }
});

test("unplaced ones are listed; undated ones only while a time range hides them", () => {
  const table = columns([{ located: 0, day: 4 }, { located: 1 }, { located: 1, day: 3 }, { located: 0 }]);
  const whole = { off: noneOff(), found: null, range: null, result: { visible: Uint8Array.of(1, 1, 1, 1) } };
  assert.deepEqual(rows.offMap(table, whole), { nowhere: [3, 0], undated: [] });
  const part = { ...whole, range: [0, 5], result: { visible: Uint8Array.of(1, 0, 1, 0) } };
  assert.deepEqual(rows.offMap(table, part), { nowhere: [0], undated: [3, 1] });
  assert.deepEqual(rows.offMap(table, { ...part, found: Uint8Array.of(1, 0, 1, 1) }).undated, [3]);
  const off = { ...noneOff(), types: new Set([0]) };
  assert.deepEqual(rows.offMap(table, { ...part, off }).undated, []);
});

test("a press on a heading sorts by it, a second one turns it round", () => {
  const first = nextOrder({ key: "date", up: false }, "place");
  assert.deepEqual(first, { key: "place", up: true });
  assert.deepEqual(nextOrder(first, "place"), { key: "place", up: false });
  assert.deepEqual(nextOrder(first, "date"), { key: "date", up: false });
});
