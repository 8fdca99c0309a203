import assert from "node:assert/strict";
import test from "node:test";
import { closeTo, fixture, load, randomness } from "./helpers.js";

const { kernelRate, phi } = await load("stats/kernel.js");
const { gammaBelow } = await load("stats/poisson.js");

const at = ({ km, value }, x) => {
  const step = km[1] - km[0];
  const i = Math.min(Math.max(Math.floor(x / step) - 1, 0), km.length - 4);
  let sum = 0; // through four points around x
  for (let j = i; j < i + 4; j += 1) {
    let part = value[j];
    for (let k = i; k < i + 4; k += 1) if (k !== j) part *= (x - km[k]) / (km[j] - km[k]);
    sum += part;
  }
  return sum;
};

/** The trapezoidal rule: as good as exact here, since the curve is smooth and level at both ends. */
const integral = ({ km, value }) => {
  const ends = (value[0] + value[value.length - 1]) / 2;
  return (value.reduce((sum, v) => sum + v, 0) - ends) * (km[1] - km[0]);
};

test("the rate along the line is what quadrature gives", () => {
  const given = fixture("kernel");
  const found = kernelRate(given);
  given.at.forEach((x, i) => closeTo(at(found, x), given.rate[i], 1e-6, `at ${x} km`));
});

test("Φ is good to 1e-9 everywhere, also between the places of its table", () => {
  for (let z = -7.5; z < 7.5; z += 0.00371) {
    const half = gammaBelow(0.5, (z * z) / 2) / 2;
    assert.ok(Math.abs(phi(z) - (z < 0 ? 0.5 - half : 0.5 + half)) < 1e-9, `${z}`);
  }
});

test("no incident is lost, however wide the kernel and wherever the segments", () => {
  const random = randomness(3);
  for (let turn = 0; turn < 60; turn += 1) {
    const size = 1 + random.whole(20);
    const cuts = Array.from({ length: size + 1 }, () => 1000 * random.next()).sort((a, b) => a - b);
    const length = cuts[size] + (turn % 2 ? 0 : 50 * random.next());
    const mass = Array.from({ length: size }, () => (random.next() < 0.3 ? 0 : 50 * random.next()));
    const bandwidth = 3 * Math.exp(5.5 * random.next());
    const years = 0.1 + 30 * random.next();
    const found = kernelRate({ from: cuts.slice(0, -1), to: cuts.slice(1), mass, length, bandwidth, years });
    const all = mass.reduce((sum, m) => sum + m, 0);
    closeTo((integral(found) * years) / 100, all, 1e-8, `turn ${turn}, bandwidth ${bandwidth}`);
  }
});

test("even incidents give an even rate up to both ends", () => {
  const from = Array.from({ length: 12 }, (_, i) => i * 5);
  const to = from.map((x) => x + 5);
  const { value, km } = kernelRate({ from, to, mass: from.map(() => 3), length: 60, bandwidth: 9, years: 2 });
  for (const v of value) closeTo(v, (3 / 5) * (100 / 2), 1e-8, "rate");
  assert.equal(km[0], 0);
  assert.equal(km[km.length - 1], 60);
});

test("the wider the line, the nearer one mass is to a normal density", () => {
  const { km, value } = kernelRate({
    from: [499.999],
    to: [500.001],
    mass: [1],
    length: 1000,
    bandwidth: 20,
    years: 1,
  });
  km.forEach((x, i) => {
    const density = Math.exp(-0.5 * ((x - 500) / 20) ** 2) / (20 * Math.sqrt(2 * Math.PI));
    assert.ok(Math.abs(value[i] - 100 * density) < 1e-3 * 2, `${x}: ${value[i]} ${100 * density}`);
  });
});

test("nothing gives zero", () => {
  const { value } = kernelRate({ from: [0], to: [10], mass: [0], length: 10, bandwidth: 5, years: 1 });
  assert.ok(value.every((v) => v === 0));
});
