import assert from "node:assert/strict";
import test from "node:test";
import { closeTo, fixture, load, randomness } from "./helpers.js";

const { countLimits, gammaBelow, gammaQuantile, gammaUpperQuantile, logGamma, logGammaSides } =
  await load("stats/poisson.js");
const table = fixture("gamma");

// scipy's own values are good to about 1e-11 here; 1e-10 leaves both sides their rounding.
const CLOSE = 1e-10;

test("quantiles are those of scipy from shape 0.01 to 1e5, on both sides", () => {
  let worst = 0;
  for (const [shape, p, lower, upper] of table.quantiles) {
    closeTo(gammaQuantile(p, shape), lower, CLOSE, `lower ${p} of ${shape}`);
    closeTo(gammaUpperQuantile(p, shape), upper, CLOSE, `upper ${p} of ${shape}`);
    if (lower > 0) worst = Math.max(worst, Math.abs(gammaQuantile(p, shape) / lower - 1));
  }
  assert.ok(worst < CLOSE);
});

test("the distribution function is that of scipy", () => {
  for (const [shape, x, below] of table.below) {
    assert.ok(Math.abs(gammaBelow(shape, x) - below) < 1e-12, `${shape} ${x}`);
  }
});

test("ln Γ is that of scipy", () => {
  for (const [a, value] of table.logs) {
    assert.ok(Math.abs(logGamma(a) - value) <= 2e-14 * Math.max(1, Math.abs(value)), `${a}`);
  }
});

test("shape 1 is the exponential distribution, in closed form", () => {
  for (const p of [1e-12, 1e-6, 0.025, 0.5, 0.975, 1 - 1e-9]) {
    closeTo(gammaQuantile(p, 1), -Math.log1p(-p), 1e-11, `lower ${p}`);
    closeTo(gammaUpperQuantile(p, 1), -Math.log(p), 1e-11, `upper ${p}`);
  }
});

test("a quantile is where the distribution function has its probability, for any shape", () => {
  const random = randomness(7);
  for (let turn = 0; turn < 2000; turn += 1) {
    const shape = Math.exp(-4 + 16 * random.next());
    const p = random.next();
    const x = gammaQuantile(p, shape);
    const sides = logGammaSides(shape, x);
    closeTo(Math.exp(sides.lower), p, 1e-8, `shape ${shape}, p ${p}`);
    closeTo(Math.exp(sides.lower) + Math.exp(sides.upper), 1, 1e-12, "both sides");
    closeTo(gammaUpperQuantile(p, shape), gammaQuantile(1 - p, shape), 1e-7, `sides of ${shape} ${p}`);
  }
});

test("the ends and impossible arguments", () => {
  assert.equal(gammaQuantile(0, 3), 0);
  assert.equal(gammaQuantile(1, 3), Infinity);
  assert.equal(gammaUpperQuantile(0, 3), Infinity);
  assert.equal(gammaUpperQuantile(1, 3), 0);
  for (const shape of [0, -1, NaN]) assert.ok(Number.isNaN(gammaQuantile(0.5, shape)));
  for (const p of [-0.1, 1.1, NaN]) assert.ok(Number.isNaN(gammaUpperQuantile(p, 2)));
});

test("limits of counts are those of scipy, with and without a variance above the mean", () => {
  for (const [level, mean, variance, low, high] of fixture("counts")) {
    const { lo, hi } = countLimits(mean, variance, level);
    closeTo(lo, low, 1e-9, `lower of ${mean}, ${variance} at ${level}`);
    closeTo(hi, high, 1e-9, `upper of ${mean}, ${variance} at ${level}`);
  }
});

test("Garwood's limits as published", () => {
  // Garwood (1936), table of 95 % limits of a Poisson mean, to the digits printed there.
  const published = [
    [0, 0, 3.69],
    [1, 0.0253, 5.57],
    [5, 1.62, 11.67],
    [10, 4.8, 18.39],
    [50, 37.11, 65.92],
  ];
  for (const [count, low, high] of published) {
    const { lo, hi } = countLimits(count, count, 0.95);
    assert.ok(Math.abs(lo - low) < 0.006 && Math.abs(hi - high) < 0.006, `${count}: ${lo}, ${hi}`);
  }
});
