import assert from "node:assert/strict";
import test from "node:test";
import { closeTo, load } from "./helpers.js";
import { encodeLine, makePen, shippedBorder, viewOf } from "./map_helpers.js";

const geometry = await load("map/geometry.js");
const { worldX, worldY, lonOf, latOf, metresPerPixel, readBorder, decodeParts, joinRing, inPolygon } =
  geometry;
const { makeLine, nearestOnBorder, toPiece } = geometry;
const { makeView, screenLine, traceLine } = await load("map/view.js");
const { readAreas, withoutTwins } = await load("map/basemap_data.js");

const lineOf = (points) =>
  makeLine(
    Float64Array.from(points, ([x]) => x),
    Float64Array.from(points, ([, y]) => y),
  );
const EAST = encodeLine([
  [70, 37],
  [71, 37],
  [72, 37],
  [73, 37],
]); // 88.8 km a piece

test("world coordinates are those of Web Mercator tiles", () => {
  // The Brandenburg Gate lies on tile 17/70406/42987 (wiki.openstreetmap.org, Slippy map tilenames).
  assert.equal(Math.floor((worldX(13.37771496361961) / 256) * 2 ** 17), 70406);
  assert.equal(Math.floor((worldY(52.51628011262304) / 256) * 2 ** 17), 42987);
  assert.deepEqual([worldX(0), worldY(0)], [128, 128]);
  closeTo(worldY(85.0511287798) + 1, 1, 1e-9, "the northern edge");
  assert.ok(worldY(89) >= 0 && worldY(-89) <= 256, "poles are held at the edge");
});

test("longitude and latitude come back", () => {
  for (const [lon, lat] of [
    [67.78, 37.18],
    [74.9, 37.23],
    [-120, -45],
    [0, 0],
  ]) {
    closeTo(lonOf(worldX(lon)) + 500, lon + 500, 1e-12);
    closeTo(latOf(worldY(lat)) + 500, lat + 500, 1e-12);
  }
});

test("one pixel at zoom 0 on the equator is 156,543.03 m", () => {
  closeTo(metresPerPixel(128, 1), 156543.03, 1e-7);
  closeTo(metresPerPixel(worldY(60), 8), 156543.03 / 16, 1e-7, "half of it at 60 degrees");
});

test("the border has its chainage, and places between vertices", () => {
  const border = readBorder(EAST);
  closeTo(border.lengthKm, 3 * 111.195 * Math.cos((37 * Math.PI) / 180), 1e-4);
  const [x, y] = border.at(border.lengthKm / 2);
  closeTo(x, worldX(71.5), 1e-9);
  closeTo(y, worldY(37), 1e-9);
  assert.deepEqual(border.at(-5), [border.x[0], border.y[0]]);
  assert.deepEqual(border.at(1e6), [border.x[3], border.y[3]]);
});

test("a slice keeps the vertices within it and has ends of its own", () => {
  const border = readBorder(EAST);
  const piece = border.slice(border.km[1] - 10, border.km[2] + 10);
  assert.equal(piece.length, 4);
  assert.deepEqual([piece.x[1], piece.x[2]], [border.x[1], border.x[2]]);
  assert.equal(border.slice(border.km[1], border.km[2]).length, 2, "ends on vertices are not doubled");
});

test("slices of the shipped border follow each other without a gap", () => {
  const border = shippedBorder();
  for (let km = 10; km < border.lengthKm - 10; km += 10) {
    const [before, after] = [border.slice(km - 10, km), border.slice(km, km + 10)];
    assert.deepEqual([before.x[before.length - 1], before.y[before.length - 1]], [after.x[0], after.y[0]]);
  }
});

test("the nearest place of the border, within a reach or not at all", () => {
  const border = readBorder(EAST);
  const hit = nearestOnBorder(border, worldX(71.25), worldY(37.1));
  closeTo(hit.km, border.km[1] + 0.25 * (border.km[2] - border.km[1]), 1e-9);
  closeTo(hit.distance, worldY(37) - worldY(37.1), 1e-9);
  assert.equal(nearestOnBorder(border, worldX(71.25), worldY(37.1), 0.01), null);
});

test("the foot on a piece stays on the piece", () => {
  assert.deepEqual(toPiece(5, 3, 0, 0, 10, 0), [9, 0.5]);
  assert.deepEqual(toPiece(-3, 4, 0, 0, 10, 0), [25, 0]);
  assert.deepEqual(toPiece(3, 4, 0, 0, 0, 0), [25, 0]);
});

test("parts along the border are its vertices, forwards and backwards", () => {
  const border = readBorder(EAST);
  const line = decodeParts(
    [
      [1, 6900000, 3700000],
      [0, 3, 1],
    ],
    border,
  );
  assert.deepEqual(Array.from(line.x), [worldX(69), border.x[3], border.x[2], border.x[1]]);
});

test("a ring turns the arcs that are named by ~n and drops shared ends", () => {
  const arcs = [
    lineOf([
      [0, 0],
      [1, 0],
      [1, 1],
    ]),
    lineOf([
      [0, 0],
      [0, 1],
      [1, 1],
    ]),
  ];
  const ring = joinRing([0, ~1], arcs);
  assert.deepEqual(Array.from(ring.x), [0, 1, 1, 0, 0]);
  assert.deepEqual(Array.from(ring.y), [0, 0, 1, 1, 0]);
});

test("holes are outside", () => {
  const outer = lineOf([
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
    [0, 0],
  ]);
  const hole = lineOf([
    [4, 4],
    [6, 4],
    [6, 6],
    [4, 6],
    [4, 4],
  ]);
  assert.ok(inPolygon([outer, hole], 2, 2));
  assert.ok(!inPolygon([outer, hole], 5, 5));
  assert.ok(!inPolygon([outer, hole], 11, 5));
});

test("outlines of provinces are drawn once, and not along the border", () => {
  const border = readBorder(EAST);
  const arcs = [
    [[0, 0, 2]],
    [[1, 7000000, 3700000, 0, 100000, 200000, 0]],
    [[1, 7200000, 3700000, 0, 100000]],
    [[1, 7200000, 3800000, 100000, -100000]],
  ];
  const item = (name, kind, rings) => ({ name, kind, rings, label: null });
  const areas = readAreas(
    {
      arcs,
      items: [
        item("A", "province", [[[0, ~2, ~1]]]),
        item("B", "province", [[[2, 3]]]),
        item("C", "country", [[[1, 3]]]),
      ],
    },
    border,
  );
  assert.equal(areas.outlines.length, 3, "the shared arc once, the border's not at all");
  assert.deepEqual(readAreas(null, border), { items: [], outlines: [] });
});

test("a line that another follows is its twin", () => {
  const line = lineOf([
    [0, 0],
    [1, 0],
    [2, 0],
  ]);
  const close = lineOf([
    [0, 0.01],
    [2, 0.02],
  ]);
  const crossing = lineOf([
    [1, -1],
    [1, 1],
  ]);
  assert.deepEqual(withoutTwins([line], [close]), []);
  assert.deepEqual(withoutTwins([line], [crossing]), [line]);
  assert.deepEqual(withoutTwins([line], []), [line]);
});

test("a view turns world positions into pixels and back", () => {
  const view = makeView({ zoom: 8, left: 1000, top: 500, width: 300, height: 200, pad: [30, 20] });
  assert.deepEqual([view.x(5), view.y(4)], [5 * 256 - 1000, 4 * 256 - 500]);
  assert.deepEqual(view.world(view.x(5.5), view.y(4.25)), [5.5, 4.25]);
  assert.deepEqual(view.frame, [30, 20, 270, 180]);
  assert.ok(view.holds(300, 200) && !view.holds(301, 100) && view.holds(301, 100, 5));
});

test("lines beyond the window are not traced, those that cross it are", () => {
  const view = makeView({ zoom: 0, left: 0, top: 0, width: 100, height: 100 });
  const far = makePen();
  traceLine(
    far,
    lineOf([
      [400, 10],
      [500, 20],
    ]),
    view,
  );
  assert.equal(far.calls.length, 0);
  const across = makePen();
  traceLine(
    across,
    lineOf([
      [-500, 50],
      [500, 50],
    ]),
    view,
  );
  assert.deepEqual(across.calls, [
    ["moveTo", -500, 50],
    ["lineTo", 500, 50],
  ]);
  const corner = makePen(); // the second piece lies beyond the right edge, the third comes back
  traceLine(
    corner,
    lineOf([
      [50, 50],
      [300, 50],
      [300, 90],
      [50, 90],
    ]),
    view,
  );
  assert.deepEqual(
    corner.calls.map(([name]) => name),
    ["moveTo", "lineTo", "moveTo", "lineTo"],
  );
});

test("vertices nearer than a step are left out, the last never", () => {
  const view = makeView({ zoom: 0, left: 0, top: 0, width: 100, height: 100 });
  const line = lineOf([
    [0, 0],
    [0.2, 0],
    [0.4, 0],
    [5, 0],
    [5.1, 0],
  ]);
  assert.deepEqual(screenLine(line, view, 1), [0, 0, 5, 0, 5.1, 0]);
  const pen = makePen();
  traceLine(pen, line, view);
  assert.deepEqual(pen.calls.at(-1), ["lineTo", 5.1, 0]);
});

test("a thinned line keeps its ends and its shape", () => {
  const border = shippedBorder();
  const thin = geometry.thinned(border, 400);
  assert.equal(thin.length, 400);
  assert.deepEqual([thin.x[0], thin.x[399]], [border.x[0], border.x[border.length - 1]]);
  assert.ok(Math.abs(thin.north - border.north) < 0.02 && Math.abs(thin.west - border.west) < 0.02);
  assert.equal(geometry.thinned(thin, 400), thin);
});

test("the shipped border at the start's zoom is some thousand pixels, not seven thousand vertices", () => {
  const border = shippedBorder();
  const flat = screenLine(border, viewOf(border, 7.4), 1.2);
  assert.ok(flat.length / 2 < 0.4 * border.length);
});
