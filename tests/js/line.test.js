import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./helpers.js";

const { edgeMetres } = await load("data/line.js");

// Geodesics on WGS84 between these places by pyproj 3.7 (Geod.inv), in metres.
const LINE = [6778000, 3718000, 1123, -995, 0, 3000, -4122, 0, 26471, -26311];
const GEODESIC = [0, 1487.954, 3329.433, 3659.426, 37507.361];

test("edges have their geodesic length to the metre", () => {
  const metres = edgeMetres({ line: LINE, residual_m: [0, 0, 0, 0, 0] });
  // half a metre of rounding; the radii in the middle of an edge of 37 km add 0.1 m
  metres.forEach((m, i) => assert.ok(Math.abs(m - GEODESIC[i]) <= 0.6, `${i}: ${m}`));
});

test("what is lacking is added, also to the first vertex", () => {
  const plain = edgeMetres({ line: LINE, residual_m: [0, 0, 0, 0, 0] });
  const more = edgeMetres({ line: LINE, residual_m: [7, -1, 0, 2, 0] });
  assert.deepEqual(more, [7, plain[1] - 1, plain[2], plain[3] + 2, plain[4]]);
});

test("a line without vertices has no edges", () => {
  assert.deepEqual(edgeMetres({ line: [], residual_m: [] }), []);
});
