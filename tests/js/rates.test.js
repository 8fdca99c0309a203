import assert from "node:assert/strict";
import test from "node:test";
import { closeTo, load } from "./helpers.js";

const { classify, ratesOf, yearRates } = await load("stats/rates.js");
const { rangeWithin } = await load("stats/filters.js");

test("classes: zero by itself, upper edges included, the last takes all above, none is one more", () => {
  const edges = [1, 2, 5];
  const wanted = [
    [0, 0],
    [1e-9, 1],
    [1, 1],
    [1.0001, 2],
    [2, 2],
    [5, 3],
    [99, 3],
    [Infinity, 3],
    [NaN, 4],
    [-1, 0],
  ];
  for (const [rate, place] of wanted) assert.equal(classify(rate, edges), place, `${rate}`);
  assert.equal(classify(1.0001, edges, 1e-3), 1);
  assert.equal(classify(1.01, edges, 1e-3), 2);
});

test("without classes above zero there is zero and none", () => {
  assert.equal(classify(0, []), 0);
  assert.equal(classify(3, []), 1);
  assert.equal(classify(Infinity, []), 1);
  assert.equal(classify(NaN, []), 1);
});

test("no exposure, no rate", () => {
  const { rate, lo, hi } = ratesOf({
    count: [1, 1],
    variance: [1, 1],
    exposure: Float64Array.of(0, 50),
    level: 0.95,
  });
  assert.ok(Number.isNaN(rate[0]) && Number.isNaN(lo[0]) && Number.isNaN(hi[0]));
  assert.equal(rate[1], 2);
  closeTo(hi[1], 2 * 5.571643390938, 1e-10); // chi-square tables
});

test("rates of years", () => {
  const rates = yearRates(Float64Array.of(1, 0, 3, 1), Float64Array.of(200, 0), [50, 100], 100);
  assert.deepEqual([...rates], [1, NaN, 1.5, NaN]);
});

test("a range within the period", () => {
  const period = [10, 20];
  assert.equal(rangeWithin(null, period), null);
  assert.equal(rangeWithin([10, 20], period), null);
  assert.equal(rangeWithin([0, 99], period), null);
  assert.deepEqual(rangeWithin([5, 15], period), [10, 15]);
  assert.deepEqual(rangeWithin([11, 20], period), [11, 20]);
});
