import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";
import { bare, makeApp, MISSING } from "./ui_words.js";

const { incidentFacts, knownText, narcoticsText, peopleTexts, positionText, typeText, whenText } =
  await load("ui/incident_facts.js");
const { rateText, valueText } = await load("ui/rate_text.js");
const { incidentsOn } = await load("ui/sheet_segment.js");
const { incidentsOf } = await load("ui/sheet_place.js");
const { isThere } = await load("ui/sheets.js");
const { safeAddress } = await load("ui/dom.js");
const { distance } = await load("ui/numbers.js");

const EMPTY = Object.fromEntries(
  [
    "id",
    "place",
    "admin1",
    "admin2",
    "actors",
    "summary",
    "notes",
    "basis",
    "narcotics_detail",
    "weapons",
    "source",
    "licence",
    "reason",
    "killed",
    "killed_min",
    "killed_max",
    "wounded",
    "detained",
    "narcotics_kg",
  ].map((field) => [field, null]),
);

test("dates no more exactly than they are known", () => {
  const app = makeApp([
    { day: 19000 },
    { day: 18993, span: 30, date_precision: 1 },
    { day: MISSING },
    { day: 19000, span: 1 },
  ]);
  assert.equal(bare(whenText(app, 0)), "8 January 2022");
  assert.equal(bare(whenText(app, 1)), "January 2022");
  assert.equal(bare(whenText(app, 2)), "Date not known");
  assert.match(bare(whenText(app, 3)), /8 January – 9 January 2022|8–9 January 2022/);
});

test("how well a place is known, with its limit where there is one", () => {
  const app = makeApp([
    { precision: 1, radius: 100 },
    { precision: 2, radius: 250 },
    { precision: 3, radius: 100 },
    { precision: 0, radius: 65535 },
  ]);
  assert.match(bare(knownText(app, 0)), /near a settlement.*within about 10 km/);
  assert.match(bare(knownText(app, 1)), /to the district.*anywhere along it.*25 km/);
  assert.doesNotMatch(bare(knownText(app, 2)), /\d/);
  assert.doesNotMatch(bare(knownText(app, 3)), /\d/);
});

test("where along the border: a kilometre, a stretch, away from it, or nothing", () => {
  const app = makeApp([
    {},
    { located: 2, stretch: 1 },
    { located: 3, distance: 45600 },
    { located: 0, chainage: -1 },
    { distance: -1 },
  ]);
  assert.match(bare(positionText(app, 0)), /310\.4\b.*1\.2 km/);
  assert.match(bare(positionText(app, 1)), /km 10 to 42\.5/);
  assert.match(bare(positionText(app, 2)), /away.*46 km/);
  assert.equal(positionText(app, 3), null);
  assert.match(bare(positionText(app, 4)), /km 310\.4$/);
});

test("short distances are in metres, never as nothing at all", () => {
  const { words } = makeApp();
  assert.equal(bare(distance(words, 434)), "430 m");
  assert.equal(bare(distance(words, 2)), "10 m");
  assert.equal(bare(distance(words, 12345)), "12 km");
});

test("people: numbers with the range of the sources; nought is a number, nothing is not", () => {
  const { words } = makeApp();
  const say = (record) => peopleTexts(words, { ...EMPTY, ...record }).map(bare);
  assert.deepEqual(say({}), []);
  assert.deepEqual(say({ killed: 0, wounded: 2 }), ["0 killed", "2 wounded"]);
  assert.deepEqual(say({ killed: 3, killed_min: 2, killed_max: 5 }), ["3 killed (sources: 2 to 5)"]);
  assert.match(say({ killed_min: 2, killed_max: 5 }).join(), /^2 to 5 killed/);
  assert.deepEqual(say({ killed: 4, killed_min: 4, killed_max: 4, detained: 1 }), ["4 killed", "1 detained"]);
});

test("narcotics by weight, by word, or both", () => {
  const { words } = makeApp();
  assert.equal(
    bare(narcoticsText(words, { ...EMPTY, narcotics_kg: 12.5, narcotics_detail: "heroin" })),
    "12.5 kg (heroin)",
  );
  assert.equal(narcoticsText(words, { ...EMPTY, narcotics_detail: "heroin" }), "heroin");
  assert.equal(narcoticsText(words, EMPTY), null);
});

test("what is not known is left out of the sheet", () => {
  const app = makeApp([{ side: 0, confidence: 0, chainage: -1 }]);
  const keys = incidentFacts(app, 0, EMPTY).map(([key]) => key);
  assert.deepEqual(keys, ["when", "precision", "scope"]);
});

test("everything that is known stands in the sheet", () => {
  const app = makeApp([{ counted: 0, date_precision: 1, span: 20, scope: 1, located: 0, chainage: -1 }]);
  const record = {
    ...EMPTY,
    id: "X1",
    place: "Panj",
    admin1: "Khatlon",
    admin2: "Panj",
    actors: "guards",
    notes: "n",
    basis: "b",
    weapons: "rifles",
    licence: "CC BY 4.0",
    reason: "no place",
    killed: 1,
  };
  const facts = Object.fromEntries(incidentFacts(app, 0, record));
  assert.equal(facts.admin, "Panj, Khatlon");
  assert.equal(facts.reason, "no place");
  assert.equal(facts.record, "X1");
  assert.equal(facts.licence, "CC BY 4.0");
  assert.match(bare(facts.confidence), /High\. Two or more sources/);
  assert.match(bare(facts.scope), /Context\. /);
  assert.match(facts.counted, /Not counted/);
  assert.match(facts.date_known, /month/);
  assert.equal(facts.side, "Tajik side");
});

test("names of places are translated where the page knows them", () => {
  const app = makeApp([{}], { lang: "ru", head: { names: { ru: { Khatlon: "Хатлон" } } } });
  const facts = Object.fromEntries(
    incidentFacts(app, 0, { ...EMPTY, admin1: "Khatlon", admin2: "Elsewhere" }),
  );
  assert.equal(bare(facts.admin), "Elsewhere, Хатлон");
});

test("a type without a word of ours keeps its own", () => {
  const app = makeApp([{ type: 2 }, { type: 77 }]);
  assert.equal(typeText(app, 0), "Own kind");
  assert.equal(typeText(app, 1), "Type not stated");
});

test("a rate with its interval, an open one, and none", () => {
  const app = makeApp();
  assert.equal(
    bare(rateText(app, 0.5371, 0.0131, 2.391)),
    "0.54 per 100 km and year (95 % interval: 0.013 to 2.4)",
  );
  assert.match(bare(rateText(app, 0.5, 6e-8, 2)), /0 to 2/);
  assert.match(bare(rateText(app, 0.5, 0.1, Infinity)), /0.1 or more/);
  assert.equal(bare(rateText(app, 0.5)), "0.5 per 100 km and year");
  assert.equal(rateText(app, NaN, 0, 1), null);
  assert.equal(valueText(app.words, "inf"), "infinite");
  assert.equal(valueText(app.words, null), null);
});

test("incidents of a segment and of a stretch, newest first, filtered", () => {
  const columns = { n: 4, known: [3, 1, 3, 3], stretch: [0, 2, 2, 1] };
  assert.deepEqual(incidentsOn(columns, [1, 1, 1, 0], 2), [2, 0]);
  assert.deepEqual(incidentsOf(columns, [1, 1, 1, 1], [1]), [2, 1]);
  assert.deepEqual(incidentsOf(columns, [1, 0, 1, 1], [0, 1]), [3, 2]);
});

test("only web addresses become links", () => {
  assert.equal(safeAddress("https://example.org/a?b=1"), "https://example.org/a?b=1");
  assert.equal(safeAddress("HTTP://example.org"), "HTTP://example.org");
  for (const bad of [
    "javascript:alert(1)",
    " https://example.org",
    "https://exa mple.org",
    "data:text/html,x",
    "//example.org",
    'https://example.org/"onclick=',
    "https://example.org\\evil",
    "https:",
    null,
    undefined,
    7,
    "java\nscript:x",
  ]) {
    assert.equal(safeAddress(bad), null, String(bad));
  }
});

test("a pick of something that the page does not have is no sheet", () => {
  const app = makeApp([{}, {}], { head: { segments: { id: ["a"] }, cells: [], referents: [], areas: null } });
  const there = (pick) => isThere(app, pick);
  assert.ok(
    there({ kind: "incident", id: 1 }) &&
      there({ kind: "segment", id: 0 }) &&
      there({ kind: "stretch", id: 0 }),
  );
  assert.ok(there({ kind: "incidents", ids: [0, 1] }) && there({ kind: "year", id: 0, year: 3 }));
  for (const pick of [
    null,
    {},
    { kind: "incident", id: 2 },
    { kind: "incident", id: -1 },
    { kind: "segment", id: 1 },
    { kind: "segment", id: "0" },
    { kind: "incidents", ids: [] },
    { kind: "incidents", ids: [0, 9] },
    { kind: "cell", id: 0 },
    { kind: "referent", id: 0 },
    { kind: "area", id: 0 },
    { kind: "constructor", id: 0 },
  ]) {
    assert.ok(!there(pick), JSON.stringify(pick));
  }
});
