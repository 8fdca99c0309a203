import assert from "node:assert/strict";
import test from "node:test";
import { closeTo, load, randomness } from "./helpers.js";
import { placedColumns } from "./map_helpers.js";

const points = await load("map/points.js");
const { readPlaces, spotsOf, groupsOf, countInView, lookOf, isFaint, symbolRadius } = points;
const { buildGrid } = await load("map/grid.js");
const { createPixelPath, writePixels } = await load("map/pixels.js");
const { makeView } = await load("map/view.js");
const { worldX, worldY } = await load("map/geometry.js");
const { SHAPES, SHAPE_NAMES, landmarkSign } = await load("map/symbols.js");

const PRECISIONS = ["exact", "settlement", "near_settlement", "district"];
const around = (lon, lat, zoom, width = 400, height = 300) => {
  const scale = 2 ** zoom;
  return makeView({
    zoom,
    left: worldX(lon) * scale - width / 2,
    top: worldY(lat) * scale - height / 2,
    width,
    height,
  });
};
const scattered = (n, seed = 3) => {
  const random = randomness(seed);
  return placedColumns(
    Array.from({ length: n }, () => ({
      lon: 69 + 2 * random.next(),
      lat: 37 + random.next(),
      type: random.whole(4),
      precision: random.whole(4),
      located: random.pick([0, 1, 1, 1, 2, 3]),
    })),
  );
};
const all = (n) => new Uint8Array(n).fill(1);

test("an incident known only to a stretch is never a point, even with coordinates", () => {
  const columns = placedColumns([
    { lon: 70, lat: 37, located: 2 },
    { lon: 70, lat: 37, located: 0 },
    { lon: 70, lat: 37, located: 1 },
    { lon: 70, lat: 37, located: 3 },
    { lon: null, lat: null, located: 1 },
  ]);
  assert.deepEqual(Array.from(readPlaces(columns, PRECISIONS).placed), [0, 0, 1, 1, 0]);
});

test("places are hollow unless exact or a settlement", () => {
  const columns = placedColumns([0, 1, 2, 3, 9].map((precision) => ({ lon: 70, lat: 37, precision })));
  assert.deepEqual(Array.from(readPlaces(columns, PRECISIONS).hollow), [0, 0, 1, 1, 1]);
});

test("single precision is enough: within 0.05 pixels at zoom 15", () => {
  const columns = scattered(500);
  const places = readPlaces(columns, PRECISIONS);
  for (let e = 0; e < columns.n; e += 1) {
    if (!places.placed[e]) continue;
    closeTo((places.x[e] + places.x0) * 2 ** 15, worldX(columns.lon[e] / 1e5) * 2 ** 15, 0.05 / 5e6);
    closeTo((places.y[e] + places.y0) * 2 ** 15, worldY(columns.lat[e] / 1e5) * 2 ** 15, 0.05 / 3e6);
  }
});

test("of incidents on one spot the newest is drawn, from old to new", () => {
  const columns = placedColumns([
    { lon: 70, lat: 37 },
    { lon: 70.5, lat: 37 },
    { lon: 70, lat: 37 },
    { lon: 79, lat: 37 },
  ]);
  const places = readPlaces(columns, PRECISIONS);
  const view = around(70.2, 37, 7);
  const shown = (visible) => {
    const { list, start, end } = spotsOf(places, visible, view, 1);
    return Array.from(list.slice(start, end));
  };
  assert.deepEqual(shown(all(4)), [1, 2], "not the older one, not the one outside");
  assert.deepEqual(shown(Uint8Array.of(1, 1, 0, 1)), [0, 1], "filters come first");
});

test("spots are at least one for each pixel that an incident falls on", () => {
  const columns = scattered(4000);
  const places = readPlaces(columns, PRECISIONS);
  const view = around(70, 37.5, 8);
  const { list, start, end } = spotsOf(places, all(columns.n), view, 1);
  const pixel = (e) =>
    `${Math.floor(view.x(places.x[e] + places.x0) + 12)}/${Math.floor(view.y(places.y[e] + places.y0) + 12)}`;
  const wanted = new Set();
  for (let e = 0; e < columns.n; e += 1) {
    const [x, y] = [view.x(places.x[e] + places.x0), view.y(places.y[e] + places.y0)];
    if (places.placed[e] && view.holds(x, y, 12)) wanted.add(pixel(e));
  }
  const found = new Set(Array.from(list.slice(start, end), pixel));
  const missing = [...wanted].filter((key) => !found.has(key)).length;
  assert.ok(missing <= 0.002 * wanted.size, `${missing} of ${wanted.size}`); // single precision at the edges
});

test("the number in the window is that of a plain count, and stops where told", () => {
  const columns = scattered(3000);
  const places = readPlaces(columns, PRECISIONS);
  const view = around(70, 37.5, 9);
  let wanted = 0;
  for (let e = 0; e < columns.n; e += 1) {
    const [x, y] = [view.x(places.x[e] + places.x0), view.y(places.y[e] + places.y0)];
    if (places.placed[e] && view.holds(x, y, 12)) wanted += 1;
  }
  assert.ok(wanted > 100);
  assert.equal(countInView(places, all(columns.n), view), wanted);
  assert.equal(countInView(places, all(columns.n), view, 10), 10);
  assert.equal(countInView(places, new Uint8Array(columns.n), view), 0);
});

test("incidents at one place share a symbol", () => {
  const columns = placedColumns([
    { lon: 70, lat: 37, type: 1 },
    { lon: 70, lat: 37, type: 1, precision: 2 },
    { lon: 70.01, lat: 37, type: 2, precision: 2 },
    { lon: 70, lat: 37, type: 3, located: 2 },
  ]);
  const places = readPlaces(columns, PRECISIONS);
  const groups = groupsOf(places, columns, all(4), around(70, 37, 9));
  assert.deepEqual(
    groups.map(({ ids }) => ids),
    [[0, 1], [2]],
  );
  assert.deepEqual(lookOf([0, 1], columns, places), { type: 1, several: false, hollow: false });
  assert.deepEqual(lookOf([1, 2], columns, places), { type: 1, several: true, hollow: true });
});

test("symbols are small and faint only where they are many on a small map", () => {
  assert.equal(isFaint({ count: 40 }, 7), false);
  assert.equal(isFaint({ count: 5000 }, 7), true);
  assert.equal(isFaint({ count: 5000 }, 8), false);
  assert.ok(symbolRadius({ count: 5000 }, 7.9) <= 3);
  assert.ok(symbolRadius({ count: 40 }, 7) >= 4);
  assert.ok(symbolRadius({ count: 5000 }, 12) > symbolRadius({ count: 5000 }, 8));
});

test("the index finds what a look at all of them finds", () => {
  const columns = scattered(2500, 11);
  const places = readPlaces(columns, PRECISIONS);
  const grid = buildGrid(places);
  const random = randomness(5);
  for (let k = 0; k < 200; k += 1) {
    const [x, y] = [worldX(68.9 + 2.2 * random.next()), worldY(36.9 + 1.2 * random.next())];
    const reach = 0.2 * random.next() ** 2;
    const found = [];
    grid.near(x, y, reach, (e) => found.push(e));
    const wanted = [];
    for (let e = 0; e < columns.n; e += 1) {
      const far = (places.x[e] + places.x0 - x) ** 2 + (places.y[e] + places.y0 - y) ** 2;
      if (places.placed[e] && Math.sqrt(far) <= reach) wanted.push(e);
    }
    const differing =
      found.filter((e) => !wanted.includes(e)).length + wanted.filter((e) => !found.includes(e)).length;
    assert.ok(differing <= 1, "single precision at the edge"); // one may lie just on the circle
  }
});

test("the index of one place, and of none", () => {
  const one = readPlaces(placedColumns([{ lon: 70, lat: 37 }]), PRECISIONS);
  let found = 0;
  buildGrid(one).near(worldX(70), worldY(37), 0.01, () => {
    found += 1;
  });
  assert.equal(found, 1);
  const none = readPlaces(placedColumns([]), PRECISIONS);
  buildGrid(none).near(worldX(70), worldY(37), 0.01, () => assert.fail("nothing is there"));
});

const dot = (half = 1) => ({
  half,
  of: (type) => ({ offset: Int32Array.of(0), colour: Uint32Array.of(0xff000001 + type) }),
});

test("pixels are written where the incidents are, the newest on top", () => {
  const columns = placedColumns([
    { lon: 70, lat: 37, type: 1 },
    { lon: 70, lat: 37, type: 2 },
    { lon: 75, lat: 37 },
  ]);
  const places = readPlaces(columns, PRECISIONS);
  const view = around(70, 37, 8, 50, 40);
  const pixels = new Uint32Array(50 * 40);
  const drawn = writePixels(pixels, 50, 40, view, { places, columns, visible: all(3), stamps: dot() });
  assert.equal(drawn, 1);
  const at = pixels.findIndex((value) => value !== 0);
  assert.ok(Math.abs((at % 50) - 25) <= 1 && Math.abs(Math.floor(at / 50) - 20) <= 1);
  assert.equal(pixels[at], 0xff000003);
});

test("no stamp is written over the edge of the picture", () => {
  const columns = scattered(5000);
  const places = readPlaces(columns, PRECISIONS);
  const view = around(70, 37.5, 7, 60, 40);
  const pixels = new Uint32Array(60 * 40);
  const left = { half: 4, of: () => ({ offset: Int32Array.of(-4), colour: Uint32Array.of(7) }) };
  const drawn = writePixels(pixels, 60, 40, view, { places, columns, visible: all(columns.n), stamps: left });
  const written = Array.from(pixels.keys()).filter((at) => pixels[at] !== 0);
  assert.ok(drawn > 50 && written.length > 50);
  assert.ok(
    written.every((at) => at % 60 < 52),
    "none came round to the other edge",
  );
});

/** A canvas of plain pixels: what was put on it last, empty elsewhere. */
const pixelCanvas = () => {
  const canvas = {
    createImageData: (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: (image) => {
      canvas.written = new Uint32Array(image.data.buffer).filter((value) => value !== 0).length;
    },
  };
  return canvas;
};

test("only rows with symbols are cleared, and nothing of the filter before stays", () => {
  const data = new Uint8ClampedArray(4 * 9).fill(255);
  const canvas = { getContext: () => ({ getImageData: () => ({ data }) }) };
  const draw = createPixelPath(() => ({ canvas, size: 3, half: 1 }));
  const columns = placedColumns([
    { lon: 70, lat: 37.05 },
    { lon: 70, lat: 37 },
    { lon: 70, lat: 36.95 },
  ]);
  const places = readPlaces(columns, PRECISIONS);
  const view = { ...around(70, 37, 8, 50, 40), ratio: 1 };
  const ctx = pixelCanvas();
  for (const [visible, symbols] of [
    [[1, 1, 1], 3],
    [[1, 0, 0], 1],
    [[0, 0, 1], 1],
    [[0, 0, 0], 0],
    [[1, 0, 1], 2],
  ]) {
    assert.equal(draw(ctx, view, { places, columns, visible: Uint8Array.from(visible) }), symbols);
    assert.equal(ctx.written, 9 * symbols, String(visible));
  }
});

test("a million incidents are written in well under the time of one filter step", () => {
  const n = 1e6;
  const random = randomness(9);
  const columns = {
    n,
    type: new Uint16Array(n),
    precision: new Uint8Array(n),
    located: new Uint8Array(n).fill(1),
    lon: Int32Array.from({ length: n }, () => 6800000 + random.whole(700000)),
    lat: Int32Array.from({ length: n }, () => 3680000 + random.whole(160000)),
  };
  const places = readPlaces(columns, PRECISIONS);
  const view = around(71.2, 37.6, 7.4, 1430, 690);
  const pixels = new Uint32Array(1430 * 690);
  const room = new Int32Array(n);
  const offset = Int32Array.from({ length: 37 }, (_, i) => (Math.floor(i / 6) - 3) * 1430 + (i % 6) - 3);
  const stamps = { half: 4, of: () => ({ offset, colour: new Uint32Array(37).fill(7) }) };
  const times = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage(); // not by the clock: others may be at work
    writePixels(pixels, 1430, 690, view, { places, columns, visible: all(n), stamps, room });
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  }).sort((a, b) => a - b);
  assert.ok(times[0] < 250, `${times[0].toFixed(0)} ms`); // 30 ms on an idle machine
});

test("every shape has corners near its radius, and every landmark a sign", () => {
  for (const [name, corners] of Object.entries(SHAPES)) {
    const reach = Math.max(...corners.map(([x, y]) => Math.hypot(x, y)));
    assert.ok(reach > 5.5 && reach < 8.8, name);
  }
  assert.equal(new Set(SHAPE_NAMES).size, SHAPE_NAMES.length);
  assert.deepEqual(
    ["bridge", "ferry", "crossing", "tripoint", "lake", "river_mouth", "anything"].map(landmarkSign),
    ["bridge", "ferry", "ferry", "tripoint", "water", "water", "water"],
  );
});
