import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";
import { bare, makeApp } from "./ui_words.js";

const { classLabel, classRows } = await load("ui/classes.js");
const { decimalsOf, significant } = await load("ui/numbers.js");
const { incidentSigns, unitText } = await load("ui/legend.js");
const { layerNames } = await load("ui/layers.js");
const { topics } = await load("ui/help.js");
const { notCounted } = await load("ui/set_aside.js");
const { citation, notShown } = await load("ui/about.js");
const { sizeClasses } = await load("ui/layout.js");
const { shortSource } = await load("ui/header.js");
const { tabAfter } = await load("ui/tabs.js");

test("classes: zero, up to, between, above; each with its segments", () => {
  const rows = classRows([0.1, 0.27, 1.5], Uint8Array.of(0, 1, 1, 3, 2, 1));
  assert.deepEqual(
    rows.map((row) => [row.kind, row.from, row.to, row.count]),
    [
      ["zero", 0, 0, 1],
      ["first", 0, 0.1, 3],
      ["between", 0.1, 0.27, 1],
      ["last", 0.27, 1.5, 1],
    ],
  );
  const { words } = makeApp();
  assert.deepEqual(
    rows.map((row) => bare(classLabel(words, row))),
    ["0", "up to 0.10", "0.10 to 0.27", "above 0.27"],
  );
});

test("segments without a rate are a class of their own, only where there are some", () => {
  assert.equal(classRows([1], Uint8Array.of(0, 1)).length, 2);
  const rows = classRows([1], Uint8Array.of(0, 1, 2, 2));
  assert.deepEqual([rows[2].kind, rows[2].index, rows[2].count], ["missing", 2, 2]);
});

test("infinite rates are a class of their own, in words", () => {
  const rows = classRows([1, 2, Infinity], Uint8Array.of(1, 3, 3, 4), { open: false });
  assert.deepEqual(
    rows.map((row) => [row.kind, row.count]),
    [
      ["zero", 0],
      ["first", 1],
      ["between", 0],
      ["infinite", 2],
      ["missing", 1],
    ],
  );
  const { words } = makeApp();
  assert.deepEqual(
    rows.map((row) => bare(classLabel(words, row))),
    ["0", "up to 1", "1 to 2", "infinite", "No rate"],
  );
});

test("only signs that can be on the map are explained", () => {
  const signs = (rows) => incidentSigns(makeApp(rows, { head: { stretches: [], cells: [] } }));
  assert.deepEqual(signs([]), []);
  assert.deepEqual(signs([{ located: 0 }, { located: 2 }]), []);
  assert.deepEqual(signs([{}]), ["legend.filled"]);
  assert.deepEqual(signs([{ precision: 1 }]), ["legend.hollow"]);
  assert.deepEqual(signs([{}, { precision: 1 }]), ["legend.filled", "legend.hollow", "legend.several"]);
});

test("values of a table end where the table ends; one class is up to its edge", () => {
  assert.deepEqual(
    classRows([1, 2], Uint8Array.of(1), { open: false }).map((row) => row.kind),
    ["zero", "first", "between"],
  );
  assert.deepEqual(
    classRows([1], Uint8Array.of(1)).map((row) => row.kind),
    ["zero", "first"],
  );
  assert.deepEqual(
    classRows([], Uint8Array.of(0, 0)).map((row) => row.kind),
    ["zero"],
  );
});

test("labels in Dari keep from before to, and Persian digits", () => {
  const { words } = makeApp([{}], { lang: "fa" });
  const label = bare(classLabel(words, { kind: "between", from: 0.1, to: 0.27, decimals: 2 }));
  assert.ok(label.indexOf("۰٫۱۰") >= 0 && label.indexOf("۰٫۱۰") < label.indexOf("۰٫۲۷"), label);
});

test("edges keep apart with as few decimals as may be", () => {
  assert.equal(decimalsOf([1, 5, 20, 80]), 0);
  assert.equal(decimalsOf([0.0975, 0.267, 0.64]), 2);
  assert.equal(decimalsOf([10.01, 10.02]), 2);
  assert.equal(decimalsOf([]), 0);
  assert.ok(decimalsOf([0.00012, 0.00034]) >= 4);
});

test("digits follow the size of a number", () => {
  const show = (value, digits) => new Intl.NumberFormat("en", significant(value, digits)).format(value);
  assert.equal(show(1343.956), "1,344");
  assert.equal(show(0.5371, 2), "0.54");
  assert.equal(show(12.345), "12.3");
  assert.equal(show(0), "0");
});

test("the unit is said in words", () => {
  const { words, data } = makeApp();
  assert.match(unitText(words, data.rates), /per 100 km of border and year/);
  assert.match(unitText(words, { follows: "known" }), /100 km/);
  assert.match(bare(unitText(words, { follows: null, column: "my_own_index" })), /My own index/);
});

test("only layers that the page has get a switch", () => {
  const data = { areas: null, segments: { id: [] }, stretches: [], n: 0, referents: [], tiles: null };
  assert.deepEqual(layerNames(data, false), []);
  const full = {
    areas: { items: [1] },
    segments: { id: [1] },
    stretches: [1],
    n: 2,
    referents: [1],
    tiles: { host: "x" },
  };
  assert.deepEqual(layerNames(full), [
    "basemap",
    "relief",
    "areas",
    "ribbon",
    "stretches",
    "incidents",
    "landmarks",
    "tiles",
  ]);
});

test("explanations of rates only where there are rates", () => {
  assert.ok(topics({ unit: "per_100km_year", follows: "expected" }).includes("expected"));
  assert.ok(!topics({ unit: "per_100km_year", follows: "known" }).includes("expected"));
  assert.ok(!topics({ unit: null, follows: null }).includes("rate"));
  assert.equal(topics({ unit: null })[0], "reports");
  const { words } = makeApp();
  for (const topic of topics({ unit: "per_100km_year", follows: "expected" })) {
    assert.notEqual(words.t(`read.${topic}`, { level: "95" }), "", topic);
  }
  assert.equal(words.missing.size, 0, [...words.missing].join());
});

test("what is not counted and what is not shown, with reasons and numbers", () => {
  const set_aside = {
    "scope context": 33,
    "confidence low": 26,
    "outside the period": 0,
    "a reason of its own": 2,
  };
  const { words, data } = makeApp([{}], { head: { notes: { set_aside, outside_period: 4 } } });
  assert.deepEqual(
    notCounted(words, data).map(([why, n]) => [bare(why), n]),
    [
      ["Kind of record: Context", 33],
      ["Confidence: Low", 26],
      ["a reason of its own", 2],
    ],
  );
  assert.deepEqual(
    notShown(words, data, 5).map(([, n]) => n),
    [4, 5],
  );
  assert.deepEqual(notShown(words, makeApp().data, 0), []);
});

test("the citation names version and fingerprint, and does without a version", () => {
  const { words, data } = makeApp();
  assert.match(bare(citation(words, data)), /A border.*1\.0.*abc.*0\.1/);
  const without = makeApp([{}], { head: { notes: { data_version: null } } });
  assert.doesNotMatch(bare(citation(without.words, without.data)), /null|version/i);
});

test("size classes follow the root", () => {
  assert.deepEqual(sizeClasses(390, 844), { "fg-narrow": true, "fg-snug": false, "fg-short": false });
  assert.deepEqual(sizeClasses(900, 640), { "fg-narrow": false, "fg-snug": true, "fg-short": true });
  assert.deepEqual(sizeClasses(1440, 900), { "fg-narrow": false, "fg-snug": false, "fg-short": false });
});

test("the header has room for a short source only", () => {
  assert.equal(shortSource({ source: "OpenStreetMap, by way of a builder 2026c" }), "OpenStreetMap");
  assert.equal(shortSource({ source: "x".repeat(300) }).length, 49);
  assert.equal(shortSource({}), "");
});

test("arrows move along the tabs, the other way round from right to left", () => {
  assert.equal(tabAfter("ArrowRight", 2, 3, false), 0);
  assert.equal(tabAfter("ArrowRight", 0, 3, true), 2);
  assert.equal(tabAfter("ArrowLeft", 0, 3, false), 2);
  assert.equal(tabAfter("End", 0, 3, false), 2);
  assert.equal(tabAfter("x", 0, 3, false), null);
});
