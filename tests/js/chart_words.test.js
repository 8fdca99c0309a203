// What the diagram says, in the words of the catalogues.
import assert from "node:assert/strict";
import test from "node:test";
import { catalogue, load } from "./helpers.js";

const { createWords } = await load("words/words.js");
const { markLines, segmentLines, yearLines } = await load("chart/sayings.js");
const { sceneOf } = await load("chart/scene.js");

const LANGUAGES = ["en", "fa"];
const data = {
  boundary: {
    left: "TJ",
    right: "AF",
    length_km: 30,
    line: [6800000, 3700000, 30000, 0],
    start_name: "Uzbekistan",
    end_name: null,
  },
  segments: {
    id: ["a", "b", "c"],
    from: [0, 10, 20],
    to: [10, 20, 30],
    left_district: ["Panj", null, null],
    right_district: ["Imam Sahib", "Khwahan", null],
  },
  rates: {
    column: "expected_rate",
    follows: "expected",
    unit: "per_100km_year",
    level: 0.95,
    bandwidth_km: 15,
    colours: [],
  },
  referents: [
    { name: "Panj bridge (north)", kind: "bridge", from: 12, to: 12 },
    { name: "", kind: "river_mouth", from: null, to: null },
  ],
  frontages: [
    { name: "B", side: 1, from: 10, to: 30 },
    { name: "A", side: 1, from: 0, to: 10 },
    { name: "C", side: -1, from: 0, to: 30 },
  ],
};
const appIn = (lang, more = {}) => ({
  data: { ...data, ...more },
  words: createWords({
    catalogues: Object.fromEntries(LANGUAGES.map((one) => [one, catalogue(one)])),
    names: { fa: { Uzbekistan: "ازبکستان", Panj: "پنج" } },
    boundary: data.boundary,
    lang,
  }),
});
const result = {
  rate: [2.5, Infinity, NaN],
  lo: [1.25, NaN, NaN],
  hi: [5, NaN, NaN],
  expected: [12.34, 0, 0],
  known: [3, 0, 0],
};

test("a segment is told by kilometres, districts, number, rate and interval", () => {
  const said = segmentLines(appIn("en"), result, 0).join(" | ");
  for (const part of ["km 0 to 10", "Panj · Imam Sahib", "12", "3 known", "2.5", "95 %", "1.3 to 5"]) {
    assert.ok(said.includes(part), `${part} in: ${said}`);
  }
});

test("infinite and missing rates are said in words, without unknown districts", () => {
  const app = appIn("en");
  const infinite = segmentLines(app, result, 1);
  assert.ok(infinite.includes("Khwahan"));
  assert.ok(infinite.includes(app.words.t("chart.rate_infinite")));
  const none = segmentLines(app, result, 2).join(" ");
  assert.ok(none.includes(app.words.t("chart.rate_missing")));
  for (const bad of ["NaN", "undefined", "null", "Infinity", "∞"])
    assert.ok(!none.includes(bad) && !infinite.join(" ").includes(bad));
});

test("a year is told with its label, its rate and the number it comes from", () => {
  const years = {
    years: [
      { label: "2001", first: 0, last: 364 },
      { label: "2002", first: 365, last: 729 },
    ],
    rate: [0, 0, 0, 10, 0, NaN],
  };
  const said = yearLines(appIn("en"), years, 1, 0).join(" | ");
  assert.ok(said.includes("2002") && said.includes("km 0 to 10") && said.includes("10 "), said);
  assert.match(said, /about 1 expected/, "10 per 100 km and year are 1 on 10 km in a year");
  assert.deepEqual(yearLines(appIn("en"), years, 7, 0), []);
});

test("in Dari digits and names are those of the language", () => {
  const said = segmentLines(appIn("fa"), result, 0).join(" ");
  assert.match(said, /[۰-۹]/);
  assert.doesNotMatch(said, /[0-9]/);
  assert.ok(said.includes("پنج"));
});

test("the scene has districts by side in order, crossings apart, ends named, lost marks left out", () => {
  const scene = sceneOf(appIn("en"));
  assert.deepEqual(
    scene.districts.map((side) => side.map(({ name }) => name)),
    [["A", "B"], ["C"]],
  );
  assert.equal(scene.marks.length, 1);
  assert.deepEqual(
    [scene.marks[0].crossing, scene.marks[0].short, scene.marks[0].km],
    [true, "Panj bridge", 12],
  );
  assert.match(scene.ends[0], /West \(Uzbekistan\)/);
  assert.match(scene.ends[1], /East/);
  assert.equal(scene.frozen, "");
});

test("a line told from the east has the sides and the ends turned", () => {
  const east = appIn("en", {
    boundary: { ...data.boundary, line: [6800000, 3700000, -30000, 0], end_name: "China" },
  });
  const scene = sceneOf(east);
  assert.ok(scene.flip);
  assert.deepEqual(
    scene.districts.map((side) => side.length),
    [1, 2],
    "its right side lies north, above",
  );
  assert.match(scene.ends[0], /West \(China\)/, "the last point lies in the west");
  assert.match(scene.ends[1], /East \(Uzbekistan\)/);
});

test("a ring has a start and an end, and no west", () => {
  for (const [lang, start, end] of [
    ["en", "Start of the ring", "End of the ring (same place)"],
    ["fa", "آغاز حلقه", "پایان حلقه (همان جا)"],
  ]) {
    const line = [6800000, 3700000, 30000, 0, 0, 30000, -30000, -30000];
    const boundary = { ...data.boundary, ring: true, line, start_name: null };
    const scene = sceneOf(appIn(lang, { boundary }));
    assert.deepEqual(scene.ends, [`\u2068${start}\u2069`, `\u2068${end}\u2069`]);
  }
});

test("rates that do not follow the filters say so, and what they are", () => {
  const scene = sceneOf(
    appIn("en", { rates: { ...data.rates, follows: null, unit: null, column: "p_value" } }),
  );
  assert.ok(scene.frozen.length > 0);
  assert.notEqual(scene.title, sceneOf(appIn("en")).title);
});

test("a mark is told by name, kind and kilometre", () => {
  const app = appIn("en");
  assert.deepEqual(markLines(app, { name: "Panj", kind: "bridge", km: 12.34 }), [
    "Panj",
    "Bridge",
    "12.3 km",
  ]);
  assert.equal(markLines(app, { name: "", kind: "river_mouth", km: 1 })[0], "River mouth");
});
