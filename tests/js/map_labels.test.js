import assert from "node:assert/strict";
import test from "node:test";
import { load, randomness } from "./helpers.js";
import { makePen } from "./map_helpers.js";

const { boxOn, createBusy, meet, placeLabels, SIDES } = await load("map/labels.js");
const { drawText, isRtl, sizeOf, textWidth, wrapText } = await load("map/text.js");
const { namesOf, landmarkRadius } = await load("map/names.js");
const { makeView } = await load("map/view.js");
const { worldX, worldY, makeLine } = await load("map/geometry.js");

const FRAME = [0, 0, 400, 300];
const STYLE = { size: 12, weight: 400, colour: "black" };
const around = (x, y, { w = 60, h = 14, gap = 6 } = {}) => ({
  w,
  h,
  options: SIDES.map((side) => boxOn(side, x, y, w, h, gap)),
});

test("placed names never cover each other, and stay in the frame", () => {
  const random = randomness(4);
  const labels = Array.from({ length: 300 }, () =>
    around(400 * random.next(), 300 * random.next(), { w: 30 + random.whole(80) }),
  );
  const placed = placeLabels(labels, { frame: FRAME });
  assert.ok(placed.length > 25, `${placed.length} placed`);
  placed.forEach(({ box }, i) => {
    assert.ok(box[0] >= 3 && box[1] >= 3 && box[2] <= 397 && box[3] <= 297);
    placed.slice(i + 1).forEach((other) => assert.ok(!meet(box, other.box)));
  });
});

test("the more important name gets the place", () => {
  const [first, second] = [around(200, 150), around(201, 150)];
  const one = (label) => ({ ...label, options: label.options.slice(0, 1) });
  const placed = placeLabels([one(first), one(second)], { frame: FRAME });
  assert.equal(placed.length, 1);
  assert.deepEqual(placed[0].box, first.options[0]);
});

test("names keep off buttons and signs, and a covered dot has no name", () => {
  const label = { ...around(200, 150), point: [196, 146, 204, 154] };
  const [{ box }] = placeLabels([label], { frame: FRAME, taken: [[205, 140, 300, 160]] });
  assert.ok(!meet(box, [205, 140, 300, 160]));
  assert.deepEqual(placeLabels([label], { frame: FRAME, taken: [[190, 140, 210, 160]] }), []);
});

test("names move off the ribbon", () => {
  const busy = createBusy(400, 300);
  busy.markLine([200, 0, 230, 300], 8); // runs just right of the point
  const [{ box }] = placeLabels([{ ...around(200, 150), most: 0.2 }], { frame: FRAME, busy });
  assert.ok(box[2] <= 200, "to the left");
  busy.markLine([150, 0, 150, 300], 70);
  assert.deepEqual(placeLabels([{ ...around(200, 150), most: 0.2 }], { frame: FRAME, busy }), []);
});

test("what is drawn pale weighs less than the ribbon", () => {
  const [strong, weak] = [createBusy(100, 100), createBusy(100, 100)];
  strong.markBox(0, 0, 99, 99);
  weak.markBox(0, 0, 99, 99, 1);
  assert.equal(strong.covered([10, 10, 50, 50]), 1);
  assert.equal(weak.covered([10, 10, 50, 50]), 0.25);
  weak.markBox(0, 0, 99, 99);
  weak.markBox(0, 0, 99, 99, 1);
  assert.equal(weak.covered([10, 10, 50, 50]), 1, "the worse mark stays");
});

test("marks beyond the picture do no harm", () => {
  const busy = createBusy(100, 100);
  busy.markLine([-5000, 50, 5000, 50], 4);
  busy.markLine([-500, -500, -400, -400], 4);
  busy.markBox(-50, -50, -10, -10);
  assert.ok(busy.covered([0, 40, 100, 60]) > 0.3);
  assert.equal(busy.covered([0, 0, 40, 30]), 0);
});

test("scripts and their directions", () => {
  assert.deepEqual(["دوشنبه", "(خاروغ)", "Kunduz", "Душанбе", "12 درقد", "Panj درقد"].map(isRtl), [
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
});

test("letters are spaced, but never those of a joined script", () => {
  const pen = makePen();
  const spaced = { ...STYLE, spacing: 0.5 };
  assert.equal(textWidth(pen, "GBAO", STYLE), 24);
  assert.equal(textWidth(pen, "GBAO", spaced), 24 + 3 * 6);
  assert.equal(textWidth(pen, "بدخشان", spaced), 36);
  drawText(pen, ["بدخشان"], 0, 0, spaced);
  assert.equal(pen.calls.filter(([name]) => name === "fillText").length, 1);
  assert.ok(pen.calls.some(([name, key, value]) => name === "set" && key === "direction" && value === "rtl"));
});

test("long names take two lines of about the same width", () => {
  const pen = makePen();
  assert.deepEqual(wrapText(pen, "Shohon – Khwahan bridge", STYLE, 90), ["Shohon –", "Khwahan bridge"]);
  assert.deepEqual(wrapText(pen, "Kunduz", STYLE, 10), ["Kunduz"]);
  assert.deepEqual(wrapText(pen, "a b", STYLE, 90), ["a b"]);
  assert.ok(sizeOf(pen, ["a", "bcd"], STYLE).h > 1.8 * sizeOf(pen, ["a"], STYLE).h);
});

const square = (west, south, east, north) => {
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return makeLine(
    Float64Array.from(corners, ([x]) => worldX(x)),
    Float64Array.from(corners, ([, y]) => worldY(y)),
  );
};

const sceneWith = (parts) => ({
  base: { countries: [], towns: [], provinceNames: [], rivers: [], lakes: [], ...parts.base },
  areas: [],
  landmarks: [],
  signs: () => parts.landmarks || [],
  reach: 20,
  smoothed: null,
  words: { name: (text) => text, lang: "en" },
  layers: { basemap: true, areas: false, landmarks: true },
  head: { boundary: { left: "TJ", right: "AF" }, frontages: [] },
  border: null,
  ...parts,
  ...(parts.base
    ? { base: { countries: [], towns: [], provinceNames: [], rivers: [], lakes: [], ...parts.base } }
    : {}),
});

const viewAt = (lon, lat, zoom) => {
  const scale = 2 ** zoom;
  return makeView({
    zoom,
    left: worldX(lon) * scale - 400,
    top: worldY(lat) * scale - 300,
    width: 800,
    height: 600,
  });
};

test("a country is named inside what is seen of it, even where its own point is not in the window", () => {
  const country = {
    code: "TJ",
    name: "Tajikistan",
    polygons: [[square(69, 37, 75, 40)]],
    x: worldX(74.9),
    y: worldY(39.9),
  };
  const view = viewAt(69, 38, 8);
  const labels = namesOf(makePen(), view, sceneWith({ base: { countries: [country] } }));
  const [{ label, box }] = placeLabels(labels, { frame: view.frame });
  assert.equal(label.text, "TAJIKISTAN");
  assert.ok(box[0] > view.x(worldX(69)) - 60 && box[2] < 800);
});

test("towns come with the zoom, capitals first", () => {
  const town = (name, rank, capital) => ({ name, rank, capital, x: worldX(69 + rank / 10), y: worldY(38) });
  const towns = [town("Dushanbe", 1, 1), town("Kulob", 2, 0), town("Panj", 3, 0), town("Moskva", 4, 0)];
  const shown = (zoom) =>
    namesOf(makePen(), viewAt(69, 38, zoom), sceneWith({ base: { towns } })).map(({ text }) => text);
  assert.deepEqual(shown(5), ["Dushanbe"]);
  assert.deepEqual(shown(7), ["Dushanbe", "Kulob", "Panj"]);
});

test("a sign's name is nearer to it than to any other sign", () => {
  const sign = (id, name, lon) => ({ id, name, kind: "bridge", x: worldX(lon), y: worldY(37.5) });
  const landmarks = [sign(0, "Lower bridge", 70), sign(1, "Upper bridge", 70.05)];
  const view = viewAt(70, 37.5, 9);
  const labels = namesOf(makePen(), view, sceneWith({ landmarks }));
  const far = (box, item) =>
    Math.hypot(
      Math.max(box[0] - view.x(item.x), 0, view.x(item.x) - box[2]),
      Math.max(box[1] - view.y(item.y), 0, view.y(item.y) - box[3]),
    );
  labels.forEach((label, i) => {
    assert.ok(label.options.length > 0);
    for (const box of label.options) assert.ok(far(box, landmarks[i]) < far(box, landmarks[1 - i]));
  });
  assert.ok(landmarkRadius(6) < landmarkRadius(9));
});

test("a river's name lies along a straight piece of it", () => {
  const x = Float64Array.from({ length: 40 }, (_, i) => worldX(69 + i * 0.04));
  const y = Float64Array.from({ length: 40 }, (_, i) => worldY(38 - i * 0.02));
  const rivers = [{ name: "Panj", rank: 1, line: makeLine(x, y) }];
  const [label] = namesOf(makePen(), viewAt(69.7, 37.7, 9), sceneWith({ base: { rivers } }));
  const angle = label.options[0][5];
  assert.ok(angle > 0.3 && angle < 0.9, `${angle}`);
});
