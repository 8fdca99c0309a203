// What keeps the page quick and changes nothing that is seen: lines drawn with few vertices, shares of
// incidents worked out when they are asked for, searches of which the newest counts.
import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";
import { encodeLine, shippedBorder, viewOf } from "./map_helpers.js";

const { bandLine, bandsOf, besideLine, laneOffset } = await load("map/bands.js");
const { LEAST_OF_MORE, placeLabels } = await load("map/labels.js");
const { decodeLine, decodeParts, joinRing, readBorder } = await load("map/geometry.js");
const { simplified } = await load("map/view.js");
const { createModel } = await load("stats/model.js");
const { keepFound } = await load("state/results.js");
const { createStore } = await load("state/store.js");

/** How far the vertices of a flat line lie from another flat line, at most. */
const farthest = (flat, line) => {
  let most = 0;
  for (let i = 0; i < flat.length; i += 2) {
    let least = Infinity;
    for (let k = 2; k < line.length; k += 2) {
      const [ax, ay, bx, by] = line.slice(k - 2, k + 2);
      const size = (bx - ax) ** 2 + (by - ay) ** 2;
      const dot = (flat[i] - ax) * (bx - ax) + (flat[i + 1] - ay) * (by - ay);
      const share = size ? Math.min(1, Math.max(0, dot / size)) : 0;
      const [x, y] = [ax + share * (bx - ax), ay + share * (by - ay)];
      least = Math.min(least, Math.hypot(flat[i] - x, flat[i + 1] - y));
    }
    most = Math.max(most, least);
  }
  return most;
};

test("a straight line keeps its ends, a corner its vertex", () => {
  assert.deepEqual(simplified([0, 0, 1, 0.1, 2, -0.1, 3, 0, 9, 0], 0.2), [0, 0, 9, 0]);
  assert.deepEqual(simplified([0, 0, 4, 0, 5, 0, 5, 1, 5, 7], 0.2), [0, 0, 5, 0, 5, 7]);
  assert.deepEqual(simplified([0, 0, 5, 0.3, 10, 0], 0.2), [0, 0, 5, 0.3, 10, 0]);
  assert.deepEqual(simplified([3, 4], 0.2), [3, 4]);
});

test("a line that comes back to its start keeps its far end", () => {
  assert.deepEqual(simplified([0, 0, 5, 0, 0, 0], 0.2), [0, 0, 5, 0, 0, 0]);
});

test("no vertex of a long line is farther from the simplified one than the tolerance", () => {
  const flat = Array.from({ length: 900 }, (_, i) => [i / 3, 12 * Math.sin(i / 25) + Math.sin(i * 1.7) / 20]);
  for (const tolerance of [0.1, 0.2, 1]) {
    const short = simplified(flat.flat(), tolerance);
    assert.ok(farthest(flat.flat(), short) <= tolerance + 1e-9);
    assert.ok(short.length < flat.length, `${short.length / 2} of ${flat.length} vertices`);
    const known = new Set(flat.map(String));
    for (let i = 0; i < short.length; i += 2) assert.ok(known.has(`${short[i]},${short[i + 1]}`));
  }
});

test("bands are drawn with at most half of their vertices, and lie where they did", () => {
  const border = shippedBorder();
  const view = viewOf(border, 7);
  const line = bandLine(border, view.zoom);
  const stretches = [{ from: 0, to: border.lengthKm, side: 1, lane: 0 }];
  const [band] = bandsOf(line, { stretches, cells: [] }, view);
  const whole = besideLine(line, view, 0, border.lengthKm, laneOffset(0, view.zoom));
  assert.ok(band.flat.length < whole.length / 2, `${band.flat.length} of ${whole.length} numbers`);
  assert.ok(farthest(whole, band.flat) <= 0.2 + 1e-9);
});

test("lines of parts and rings of arcs are those put together vertex by vertex", () => {
  const border = readBorder(encodeLine([70, 71, 72, 73].map((lon) => [lon, 37])));
  const own = [1, 7000000, 3800000, 100000, -50000];
  const { x, y } = decodeLine(own, 1);
  const made = decodeParts([[0, 1, 3], own, [0, 2, 1]], border);
  assert.deepEqual([...made.x], [1, 2, 3].map((i) => border.x[i]).concat([...x], border.x[2], border.x[1]));
  assert.deepEqual([...made.y], [1, 2, 3].map((i) => border.y[i]).concat([...y], border.y[2], border.y[1]));
  const ring = joinRing([0, ~1], [decodeParts([[0, 0, 2]], border), decodeParts([[0, 0, 2]], border)]);
  assert.deepEqual([...ring.x], [0, 1, 2, 1, 0].map((i) => border.x[i]));
  assert.deepEqual([ring.length, ring.east], [5, border.x[2]]);
});

test("further places for a name are looked for only where none of the first is as good", () => {
  const frame = [0, 0, 100, 100];
  let asked = 0;
  const label = (options) => ({
    w: 20,
    h: 10,
    options,
    more: () => {
      asked += 1;
      return [[60, 60, 80, 70, LEAST_OF_MORE]];
    },
  });
  const own = [10, 10, 30, 20, 0];
  assert.deepEqual(placeLabels([label([own])], { frame })[0].box, own);
  assert.equal(asked, 0);
  const cornerOf = (options, around) => placeLabels([label(options)], { frame, ...around })[0].box.slice(0, 2);
  assert.deepEqual(cornerOf([own], { taken: [[0, 0, 40, 40]] }), [60, 60]);
  assert.deepEqual(cornerOf([]), [60, 60]);
  assert.equal(asked, 2);
  // A first place with much in the way is compared with them.
  const busy = { covered: (box) => (box === own ? 0.15 : 0) };
  assert.deepEqual(cornerOf([own], { busy }), [60, 60]);
});

/** A model of two incidents: one on a day, one within a year. */
const smallModel = () => {
  const columns = {
    n: 2,
    day: Int32Array.from([100, 110]),
    span: Uint16Array.from([0, 9]),
    place: Uint32Array.from([1, 1]),
    known: Uint16Array.from([1, 1]),
    stretch: new Uint16Array(2),
    counted: Uint8Array.from([1, 1]),
    profile_start: Uint32Array.from([0, 1]),
    profile_segment: new Uint16Array(1),
    profile_weight: Uint16Array.from([65535]),
  };
  for (const name of ["type", "side", "confidence", "scope", "precision"]) columns[name] = new Uint8Array(2);
  const head = {
    n: 2,
    rates: { first_day: 100, last_day: 465, breaks: [1], follows: "expected", level: 0.95, bandwidth_km: 5 },
    segments: { from: [0], to: [10], exposure: [10], expected: [2], value: [20] },
    stretches: [],
    boundary: { length_km: 10 },
    types: [{ key: "a" }],
    precisions: ["exact"],
    confidences: ["low"],
    scopes: ["border"],
  };
  return createModel(head, columns, () => []);
};

test("shares are worked out when they are asked for, once", () => {
  const off = Object.fromEntries(
    ["types", "sides", "precisions", "confidences", "scopes"].map((name) => [name, new Set()]),
  );
  const model = smallModel();
  const result = model.update({ off, found: null, range: [100, 112] });
  assert.equal(typeof Object.getOwnPropertyDescriptor(result, "share").get, "function");
  const { share } = result;
  assert.deepEqual([...share], [1, Math.fround(0.3)]);
  assert.equal(result.share, share);
  assert.equal(model.update({ off, found: null, range: null }).share, null);
});

test("a search that ends late does not replace what a newer one has found", async () => {
  const asked = [];
  const search = (query) => new Promise((done) => asked.push({ query, done })); // gives up for nobody
  const store = createStore({ query: "", found: null, searching: false });
  keepFound({ store, texts: { search } }, assert.fail);
  store.set({ query: "a" });
  store.set({ query: "ab" });
  const turn = () => new Promise((done) => setTimeout(done, 0));
  asked[1].done("of ab");
  await turn();
  asked[0].done("of a");
  await turn();
  assert.equal(store.get().found, "of ab");
  store.set({ query: "abc" });
  store.set({ query: "abcd" });
  asked[2].done("of abc");
  await turn();
  assert.deepEqual([store.get().found, store.get().searching], ["of ab", true], "the newest is awaited");
  asked[3].done("of abcd");
  await turn();
  assert.equal(store.get().found, "of abcd");
});
