// Keys and pointer on the diagram, and what is shown of the store's hover and pick.
import assert from "node:assert/strict";
import test from "node:test";
import { sceneFor } from "./chart_paper.js";
import { load } from "./helpers.js";

const { moved } = await load("chart/keys.js");
const { markAt, placeOf, thingAt } = await load("chart/reach.js");
const { heldOf } = await load("chart/held.js");
const { layProfile } = await load("chart/profile.js");

const at = (key, segment, more = {}) =>
  moved(key, { segment, row: more.row ?? 0 }, { segments: 20, ...more });

test("arrows move one segment, page keys ten, Home and End to the ends, none past them", () => {
  assert.equal(at("ArrowRight", 3).segment, 4);
  assert.equal(at("ArrowLeft", 3).segment, 2);
  assert.equal(at("ArrowLeft", 0).segment, 0);
  assert.equal(at("PageUp", 3).segment, 13);
  assert.equal(at("PageUp", 15).segment, 19);
  assert.equal(at("PageDown", 15).segment, 5);
  assert.equal(at("Home", 7).segment, 0);
  assert.equal(at("End", 7).segment, 19);
  assert.equal(at("x", 7), null);
  assert.equal(moved("ArrowRight", { segment: 0, row: 0 }, { segments: 0 }), null);
});

test("→ is east also where the segments run from east to west", () => {
  assert.equal(at("ArrowRight", 3, { flip: true }).segment, 2);
  assert.equal(at("Home", 3, { flip: true }).segment, 19);
});

test("by year, up and down move through the years", () => {
  assert.deepEqual(at("ArrowDown", 3, { rows: 5, row: 1 }), { segment: 3, row: 2 });
  assert.deepEqual(at("ArrowUp", 3, { rows: 5, row: 0 }), { segment: 3, row: 0 });
  assert.deepEqual(at("ArrowDown", 3, { rows: 5, row: 4 }), { segment: 3, row: 4 });
  assert.equal(at("ArrowUp", 3).segment, 4, "in the profile, up is onward");
});

test("the pointer finds segments in the plot, marks below it, nothing beside it", () => {
  const scene = sceneFor(20);
  const laid = layProfile(scene, 800, 260, 20);
  const { frame, scale } = laid;
  const find = (x, y) => thingAt(x, y, laid, scene, { named: scene.marks, rowOf: () => -1 });
  const middle = (frame.plot.top + frame.plot.bottom) / 2;
  assert.deepEqual(find(scale.x(75), middle), { kind: "segment", id: 7 });
  assert.equal(find(frame.plot.left - 30, middle), null);
  assert.equal(find(400, 3), null);
  assert.deepEqual(find(scale.x(35) + 3, frame.plot.bottom + 4), { kind: "referent", id: 0 });
  assert.deepEqual(find(scale.x(75), frame.strips.middle), { kind: "segment", id: 7 });
  assert.equal(markAt(scale.x(75), frame.plot.bottom + 4, laid, scene.marks, []), null);
  assert.deepEqual(thingAt(scale.x(75), middle, laid, scene, { named: [], rowOf: () => 3 }), {
    kind: "year",
    id: 7,
    year: 3,
  });
});

test("only segments and years have a place among the segments", () => {
  assert.equal(placeOf({ kind: "segment", id: 4 }).segment, 4);
  assert.deepEqual(placeOf({ kind: "year", id: 4, year: 2 }), { segment: 4, row: 2 });
  for (const other of [null, { kind: "incident", id: 4 }, { kind: "referent", id: 0 }])
    assert.equal(placeOf(other).segment, -1);
});

test("what the map has in hand is marked here", () => {
  const scene = sceneFor(20);
  const columns = { chainage: Int32Array.of(-1, 57_300) };
  const data = { stretches: [{ from: 10, to: 90 }], cells: [{ from: 20, to: 60 }] };
  const held = (state) =>
    heldOf({ store: { get: () => ({ hover: null, pick: null, ...state }) }, data, columns }, scene);
  assert.equal(held({ hover: { kind: "segment", id: 5 } }).hover, 5);
  assert.equal(held({ pick: { kind: "segment", id: 5 } }).pick, 5);
  assert.equal(held({ hover: { kind: "incident", id: 1 } }).km, 57.3);
  assert.equal(held({ hover: { kind: "incident", id: 0 } }).km, null, "no place on the border");
  assert.equal(held({ hover: { kind: "incidents", ids: [1, 0] } }).km, 57.3);
  assert.equal(held({ hover: { kind: "stretch", id: 0 } }).stretch.to, 90);
  assert.equal(held({ pick: { kind: "cell", id: 0 } }).stretch.from, 20);
  assert.equal(held({ hover: { kind: "referent", id: 1 } }).mark, 1);
  assert.equal(held({ hover: { kind: "referent", id: 99 } }).mark, -1);
  assert.equal(held({ hover: { kind: "year", id: 3, year: 8 } }).row, 8);
});
