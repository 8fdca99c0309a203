import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";
import { encodeLine, placedColumns, viewOf } from "./map_helpers.js";

const { distanceToFlat, inCorners, incidentsAt, pickAt, segmentAt } = await load("map/picking.js");
const { readPlaces } = await load("map/points.js");
const { buildGrid } = await load("map/grid.js");
const { readBorder, worldX, worldY } = await load("map/geometry.js");
const { samePick } = await load("map/describe.js");
const { incidentList, stretchList } = await load("map/walks.js");
const { roundLength, lengthText } = await load("map/controls.js");
const { isSmall } = await load("map/frames.js");

const border = readBorder(
  encodeLine([
    [70, 37],
    [70.5, 37],
    [71, 37],
  ]),
);
const half = border.lengthKm / 2;
const SEGMENTS = { from: [0, half], to: [half, border.lengthKm] };
const COLUMNS = placedColumns([
  { lon: 70.25, lat: 37, chainage: 22000 },
  { lon: 70.25, lat: 37, chainage: 22000 },
  { lon: 70.75, lat: 37.05, chainage: 66000 },
  { lon: 70.1, lat: 37.4, located: 3, chainage: -1 },
]);

const sceneWith = (parts = {}) => {
  const places = readPlaces(COLUMNS, ["exact"]);
  const grid = buildGrid(places);
  return {
    border,
    segments: SEGMENTS,
    places,
    columns: COLUMNS,
    visible: new Uint8Array(4).fill(1),
    grid: () => grid,
    rates: { widths: [2, 5, 9.5, 2] },
    style: "ribbon",
    signs: () => [],
    bands: () => [],
    bars: () => [],
    layers: { incidents: true, landmarks: true, stretches: true, ribbon: true },
    head: { stretches: [], cells: [] },
    ...parts,
  };
};
const at = (view, lon, lat) => [view.x(worldX(lon)), view.y(worldY(lat))];
const NEAR = viewOf(border, 9, { margin: 200 });
const FAR = viewOf(border, 7, { margin: 200 });

test("segments hold their start, not their end; the last one both", () => {
  const segments = { from: [0, 10, 20], to: [10, 20, 25] };
  assert.deepEqual(
    [0, 9.99, 10, 20, 25].map((km) => segmentAt(segments, km)),
    [0, 0, 1, 2, 2],
  );
  assert.deepEqual(
    [-1, 26].map((km) => segmentAt(segments, km)),
    [-1, -1],
  );
  assert.equal(segmentAt({ from: [], to: [] }, 3), -1);
});

test("a chainage in a gap between segments belongs to none", () => {
  assert.equal(segmentAt({ from: [0, 50], to: [10, 60] }, 30), -1);
});

test("inside and outside of corners, whichever way they turn", () => {
  const square = [0, 0, 4, 0, 4, 4, 0, 4];
  const turned = [0, 4, 4, 4, 4, 0, 0, 0];
  for (const corners of [square, turned]) {
    assert.ok(inCorners(corners, 2, 2));
    assert.ok(!inCorners(corners, 5, 2) && !inCorners(corners, 2, -1));
  }
});

test("distance to a flat line", () => {
  assert.equal(distanceToFlat([0, 0, 10, 0, 10, 10], 13, 4), 3);
  assert.equal(distanceToFlat([0, 0], 3, 4), Infinity);
});

test("near, an incident lies above the ribbon; far, below it", () => {
  assert.deepEqual(pickAt(sceneWith(), NEAR, ...at(NEAR, 70.25, 37), 3), { kind: "incidents", ids: [1, 0] });
  assert.deepEqual(pickAt(sceneWith(), FAR, ...at(FAR, 70.25, 37), 3), { kind: "segment", id: 0 });
});

test("an incident by itself, beside the ribbon and off the border", () => {
  assert.deepEqual(pickAt(sceneWith(), NEAR, ...at(NEAR, 70.75, 37.05), 3), { kind: "incident", id: 2 });
  assert.deepEqual(pickAt(sceneWith(), FAR, ...at(FAR, 70.1, 37.4), 3), { kind: "incident", id: 3 });
});

test("what the filters or layers hide cannot be picked", () => {
  const hidden = sceneWith({ visible: Uint8Array.of(1, 0, 1, 1) });
  assert.deepEqual(pickAt(hidden, NEAR, ...at(NEAR, 70.25, 37), 3), { kind: "incident", id: 0 });
  const layers = { incidents: false, landmarks: false, stretches: false, ribbon: false };
  assert.equal(pickAt(sceneWith({ layers }), NEAR, ...at(NEAR, 70.25, 37), 3), null);
});

test("a finger reaches further than a mouse", () => {
  const [x, y] = at(NEAR, 70.75, 37.05);
  assert.equal(pickAt(sceneWith(), NEAR, x, y - 14, 3), null);
  assert.deepEqual(pickAt(sceneWith(), NEAR, x, y - 14, 16), { kind: "incident", id: 2 });
});

test("landmarks come first, then bands with incidents, then bars", () => {
  const [x, y] = at(FAR, 70.4, 37);
  const sign = { id: 7, x: worldX(70.4), y: worldY(37) };
  const flat = [x - 50, y, x + 50, y];
  const band = { kind: "stretch", id: 3, count: 2, flat };
  const bar = [x - 5, y, x - 5, y - 30, x + 5, y - 30, x + 5, y];
  const found = (parts, dy = 0) => pickAt(sceneWith(parts), FAR, x, y + dy, 3);
  assert.deepEqual(found({ signs: () => [sign], bands: () => [band] }), { kind: "referent", id: 7 });
  assert.deepEqual(found({ bands: () => [band] }), { kind: "stretch", id: 3 });
  assert.deepEqual(found({ bands: () => [{ ...band, count: 0 }] }), { kind: "segment", id: 0 });
  assert.deepEqual(found({ style: "bars", bars: () => [null, bar] }, -20), { kind: "segment", id: 1 });
  assert.equal(found({}, -20), null);
});

test("near, landmarks come before incidents too: their signs lie on top", () => {
  const sign = { id: 4, x: worldX(70.25), y: worldY(37) };
  const scene = sceneWith({ signs: () => [sign] });
  assert.deepEqual(pickAt(scene, NEAR, ...at(NEAR, 70.25, 37), 3), { kind: "referent", id: 4 });
});

test("small maps gather the incidents whose symbols lie over each other", () => {
  const scene = sceneWith();
  const tiny = viewOf(border, 2.5, { margin: 100 });
  assert.deepEqual(incidentsAt(scene, tiny, ...at(tiny, 70.25, 37), 3), [3, 2, 1, 0]);
  assert.deepEqual(incidentsAt({ ...scene, places: null }, tiny, 0, 0, 3), []);
});

test("picks are the same by what they mean", () => {
  assert.ok(samePick({ kind: "incidents", ids: [1, 2] }, { kind: "incidents", ids: [1, 2] }));
  assert.ok(!samePick({ kind: "incidents", ids: [1, 2] }, { kind: "incidents", ids: [1, 3] }));
  assert.ok(!samePick({ kind: "segment", id: 1 }, { kind: "stretch", id: 1 }));
  assert.ok(!samePick({ kind: "year", id: 1, year: 3 }, { kind: "year", id: 1, year: 4 }));
  assert.ok(samePick(null, null) && !samePick(null, { kind: "segment", id: 0 }));
});

test("the keyboard walks along incidents from west to east, those off the border last", () => {
  assert.deepEqual(incidentList(sceneWith()), [
    { kind: "incidents", ids: [1, 0] },
    { kind: "incident", id: 2 },
    { kind: "incident", id: 3 },
  ]);
  assert.deepEqual(incidentList(sceneWith({ visible: Uint8Array.of(0, 0, 1, 0) })), [
    { kind: "incident", id: 2 },
  ]);
  assert.deepEqual(incidentList(sceneWith({ layers: {} })), []);
});

test("and along the stretches that have incidents", () => {
  const stretches = [
    { from: 50, to: 60, lane: 0 },
    { from: 0, to: 90, lane: null },
    { from: 5, to: 9, lane: 1 },
  ];
  const cells = [
    { from: 0, to: 45, stretches: [1] },
    { from: 45, to: 90, stretches: [1, 0] },
  ];
  const scene = sceneWith({ head: { stretches, cells } });
  assert.deepEqual(stretchList(scene, Uint32Array.of(4, 1, 0)), [
    { kind: "cell", id: 0 },
    { kind: "cell", id: 1 },
    { kind: "stretch", id: 0 },
  ]);
  assert.deepEqual(stretchList(scene, null), []);
});

test("the scale bar is the longest round length that fits", () => {
  assert.deepEqual(roundLength(690, 110), { metres: 50000, pixels: 50000 / 690 });
  assert.deepEqual(roundLength(1, 110), { metres: 100, pixels: 100 });
  const words = { t: (key, { n }) => `${key} ${n}`, number: String };
  assert.equal(lengthText(words, 50000), "unit.km_value 50");
  assert.equal(lengthText(words, 500), "unit.m_value 500");
});

test("small maps dock their sheets", () => {
  assert.deepEqual(
    [
      { x: 1100, y: 530 },
      { x: 390, y: 420 },
      { x: 900, y: 250 },
    ].map(isSmall),
    [false, true, true],
  );
});
