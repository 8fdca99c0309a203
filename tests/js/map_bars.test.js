import assert from "node:assert/strict";
import test from "node:test";
import { closeTo, fixture, load } from "./helpers.js";
import { sharedArea, shippedBorder, viewOf } from "./map_helpers.js";

const { barHeights, barShapes, baselineAt, fullHeight, isCut, roundRate } = await load("map/bars.js");
const { smooth, smoothedLine } = await load("map/smooth.js");
const { nearestOnBorder, readBorder } = await load("map/geometry.js");
const { bandLine, besideLine, laneOffset, middleOf, bandsOf, countedBands } = await load("map/bands.js");

const border = shippedBorder();
const shipped = fixture("map_rates");

const shapesOf = (rate, zoom, view = viewOf(border, zoom)) =>
  barShapes(baselineAt(border, zoom), shipped, barHeights(rate, Math.max(...rate), zoom), view);

const collisions = (shapes) => {
  const hit = new Set();
  shapes.forEach((a, i) => {
    shapes.forEach((b, j) => {
      if (j > i && a && b && sharedArea(a, b) > 0.5) hit.add(i).add(j);
    });
  });
  return hit.size;
};

/** The sample of a smoothed line from which a point of its parallel comes. */
const nearestSample = (soft, view, px, py, offset) => {
  let [best, least] = [0, Infinity];
  for (let i = 0; i < soft.n; i += 1) {
    const x = view.x(soft.x[i]) + offset * soft.nx[i];
    const y = view.y(soft.y[i]) + offset * soft.ny[i];
    const far = Math.hypot(x - px, y - py);
    if (far < least) [best, least] = [i, far];
  }
  return best;
};

test("the measure of collisions itself: two squares that share a quarter", () => {
  assert.equal(sharedArea([0, 0, 2, 0, 2, 2, 0, 2], [1, 1, 3, 1, 3, 3, 1, 3]), 1);
  assert.equal(sharedArea([0, 0, 2, 0, 2, 2, 0, 2], [3, 0, 4, 0, 4, 1, 3, 1]), 0);
});

test("at most one of the 135 bars of the shipped rates collides, at any zoom", () => {
  assert.equal(shipped.rate.length, 135);
  for (const zoom of [5.5, 6.5, 7.4, 8.5, 10]) {
    const found = collisions(shapesOf(shipped.rate, zoom));
    assert.ok(found <= 1, `${found} bars collide at zoom ${zoom}`);
  }
});

test("nor do bars of eight hot spots at the start's zoom", () => {
  const hot = [60, 150, 290, 420, 540, 690, 830, 1070];
  const rate = shipped.from.map((from) =>
    hot.reduce((sum, km, k) => sum + (6 - 0.5 * k) * Math.exp(-0.5 * ((from + 5 - km) / 18) ** 2), 0.3),
  );
  assert.ok(collisions(shapesOf(rate, 7.4)) <= 1);
});

test("bars stand on the left of the border, which is its north", () => {
  const zoom = 7.4;
  const view = viewOf(border, zoom);
  const shapes = shapesOf(new Array(135).fill(1), zoom, view);
  const northOf = (corners) => (corners[3] + corners[5]) / 2 < (corners[1] + corners[7]) / 2;
  assert.ok(shapes.filter(northOf).length > 100);
  // The far ends lie on the left: the turn from the foot's tangent to the bar is leftwards.
  for (const c of shapes) {
    const turn = (c[6] - c[0]) * (c[3] - c[1]) - (c[7] - c[1]) * (c[2] - c[0]);
    assert.ok(turn < 0);
  }
});

test("a bar's height is its rate's share of the highest", () => {
  const heights = barHeights(Float64Array.of(0, 1, 2, NaN, 4, 40, Infinity), 4, 7.5);
  const full = fullHeight(7.5);
  assert.deepEqual(heights.slice(0, 2), [0, full / 4]);
  assert.equal(heights[3], 0);
  closeTo(heights[4], full, 1e-12);
  assert.equal(heights[5], heights[6], "very high ones are cut alike");
  assert.deepEqual([isCut(4, 4), isCut(40, 4), isCut(NaN, 4)], [false, true, false]);
  const corners = shapesOf(new Array(135).fill(1), 7.5)[50];
  closeTo(Math.hypot(corners[2] - corners[0], corners[3] - corners[1]), full, 1e-9);
  assert.deepEqual(barHeights([1, 2], 0, 7.5), [0, 0], "no rates, no bars");
});

test("bars shrink on small maps, so that they keep their place among the bends", () => {
  closeTo(fullHeight(6.5), fullHeight(7.5) / 2, 1e-12);
  assert.ok(fullHeight(11) < 1.5 * fullHeight(7.5));
});

test("the legend's rate has one digit and a bar of a sensible height", () => {
  for (const highest of [0.003, 0.94, 1.4, 5.5, 12, 730]) {
    const rate = roundRate(highest);
    assert.ok(
      /^[125]0*$/.test(
        String(rate)
          .replace(/[.]|0\.0*|e.*/g, "")
          .replace(/^0+/, ""),
      ),
      String(rate),
    );
    assert.ok(rate / highest > 0.15 && rate / highest < 0.5, `${rate} of ${highest}`);
  }
  assert.equal(roundRate(0), null);
});

test("smoothing keeps a straight line and its ends", () => {
  const line = Float64Array.from({ length: 50 }, (_, i) => 3 + 2 * i);
  smooth(line, 8).forEach((value, i) => closeTo(value, line[i], 1e-9));
  const bent = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i / 9) + i / 50);
  const soft = smooth(bent, 12);
  closeTo(soft[0] + 5, bent[0] + 5, 1e-9);
  closeTo(soft[199], bent[199], 1e-9);
});

test("smoothing spreads a peak by its sigma", () => {
  const peak = new Float64Array(801);
  peak[400] = 1;
  for (const sigma of [10, 32, 70]) {
    const spread = smooth(peak, sigma);
    const variance = spread.reduce((sum, value, i) => sum + value * (i - 400) ** 2, 0);
    closeTo(Math.sqrt(variance), sigma, 0.06, `sigma ${sigma}`); // widths are whole samples
    closeTo(
      spread.reduce((sum, value) => sum + value, 0),
      1,
      1e-9,
    );
  }
});

test("normals are of length one and point to the left", () => {
  const soft = smoothedLine(border, { stepKm: 1, sigmaKm: 32, normalKm: 70 });
  for (let km = 0; km <= border.lengthKm; km += 7) {
    const { nx, ny } = soft.place(km);
    closeTo(Math.hypot(nx, ny), 1, 1e-12);
  }
  const east = readBorder({ line: [7000000, 3700000, 100000, 0, 100000, 0], metres: [0, 88800, 88800] });
  const { nx, ny } = smoothedLine(east, { stepKm: 1, sigmaKm: 5, normalKm: 5 }).place(80);
  closeTo(nx + 1, 1, 1e-9);
  closeTo(ny, -1, 1e-9);
});

test("bands keep their distance from the border, on their own side", () => {
  for (const zoom of [7.4, 9]) {
    const view = viewOf(border, zoom);
    const soft = bandLine(border, zoom);
    for (const side of [1, -1]) {
      const off = laneOffset(1, zoom);
      const flat = besideLine(soft, view, 0, border.lengthKm, side * off);
      let near = 0;
      for (let i = 0; i < flat.length; i += 2) {
        const hit = nearestOnBorder(border, ...view.world(flat[i], flat[i + 1]));
        if (hit.distance * view.scale < 0.45 * off) near += 1;
      }
      assert.ok(near / (flat.length / 2) < 0.05, `${near} of ${flat.length / 2} at zoom ${zoom}`);
    }
  }
});

test("bands never run backwards, not even inside a hairpin", () => {
  for (const zoom of [7.4, 10]) {
    const view = viewOf(border, zoom);
    const soft = bandLine(border, zoom);
    for (const offset of [-40, 40]) {
      const flat = besideLine(soft, view, 0, border.lengthKm, offset);
      for (let i = 2; i < flat.length; i += 2) {
        const hit = nearestSample(soft, view, flat[i], flat[i + 1], offset);
        const [dx, dy] = [flat[i] - flat[i - 2], flat[i + 1] - flat[i - 1]];
        assert.ok(
          dx * -soft.ny[hit] + dy * soft.nx[hit] > 0,
          `zoom ${zoom}, offset ${offset}, point ${i / 2}`,
        );
      }
    }
  }
});

test("bands come from stretches in lanes and from cells, with the numbers under the filters", () => {
  const head = {
    stretches: [
      { from: 10, to: 60, side: 1, lane: 0 },
      { from: 0, to: 400, side: 1, lane: null },
    ],
    cells: [
      { from: 0, to: 200, side: 1, stretches: [1] },
      { from: 200, to: 400, side: 1, stretches: [1, 0] },
    ],
  };
  const view = viewOf(border, 7.4);
  const bands = bandsOf(bandLine(border, 7.4), head, view);
  const counted = countedBands(bands, Uint32Array.of(3, 5), Uint32Array.of(3, 20));
  assert.deepEqual(
    counted.map(({ kind, id, count, outer }) => [kind, id, count, outer]),
    [
      ["stretch", 0, 3, false],
      ["cell", 0, 5, true],
      ["cell", 1, 8, true],
    ],
  );
  assert.ok(counted[0].dark < counted[1].dark && counted[1].dark < counted[2].dark && counted[2].dark < 0.9);
});

test("a very short band is still there", () => {
  const flat = besideLine(bandLine(border, 7.4), viewOf(border, 7.4), 500, 500.1, 14);
  assert.ok(flat.length >= 4);
});

test("the middle of a line is half way along it", () => {
  assert.deepEqual(middleOf([0, 0, 4, 0, 4, 8]), [4, 2]);
  assert.deepEqual(middleOf([3, 3]), [3, 3]);
});
