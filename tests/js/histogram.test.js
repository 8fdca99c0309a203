import assert from "node:assert/strict";
import test from "node:test";
import { MISSING, load, makeColumns, makeHead, noFilters, randomness } from "./helpers.js";

const { createModel } = await load("stats/model.js");

const modelOf = (day, span, more = {}) => {
  const columns = makeColumns({ day, span, ...more }, []);
  return createModel(makeHead(1, day.length, [0, 999]), columns, () => []);
};

test("each day in its bin, edges belong to the later one", () => {
  const model = modelOf([MISSING, 0, 9, 10, 19, 20, 30], [0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...model.histogram(noFilters(), [0, 10, 20, 30])], [2, 2, 1]);
});

test("an incident known to several days is in each bin in part", () => {
  const model = modelOf([5], [9]); // days 5 to 14
  assert.deepEqual([...model.histogram(noFilters(), [0, 10, 12, 20])], [0.5, 0.2, 0.3]);
  assert.deepEqual([...model.histogram(noFilters(), [10, 12])], [0.2]);
});

test("all filters but time", () => {
  const model = modelOf([1, 2, 3], [0, 0, 0], { type: [0, 1, 0] });
  const state = { ...noFilters(), range: [900, 910], found: Uint8Array.of(1, 1, 0) };
  state.off.types.add(1);
  assert.deepEqual([...model.histogram(state, [0, 10])], [1]);
});

test("no bins", () => {
  assert.equal(modelOf([1], [0]).histogram(noFilters(), []).length, 0);
  assert.equal(modelOf([1], [0]).histogram(noFilters(), [4]).length, 0);
});

test("like counting day by day, for random bins", () => {
  const random = randomness(5);
  for (let turn = 0; turn < 200; turn += 1) {
    const day = Array.from({ length: 40 }, () => random.whole(200)).sort((a, b) => a - b);
    const span = day.map(() => random.pick([0, 0, 3, 29, 90]));
    const edges = [random.whole(60)];
    for (let i = 0; i < 8; i += 1) edges.push(edges[i] + 1 + random.whole(30));
    const wanted = new Array(8).fill(0);
    day.forEach((first, i) => {
      for (let d = first; d <= first + span[i]; d += 1) {
        const bin = edges.findIndex((edge, k) => d >= edge && d < edges[k + 1]);
        if (bin >= 0) wanted[bin] += 1 / (span[i] + 1);
      }
    });
    modelOf(day, span)
      .histogram(noFilters(), edges)
      .forEach((count, bin) => assert.ok(Math.abs(count - wanted[bin]) < 1e-9, `turn ${turn}, bin ${bin}`));
  }
});
