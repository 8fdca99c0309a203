import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";
import { bare, makeApp, noneOff } from "./ui_words.js";

const filtering = await load("ui/filtering.js");
const { basisTexts, filterTexts } = await load("ui/basis.js");
const { presentValues, VALUES } = await load("ui/values.js");

const VALUES_3 = [0, 1, 2];

test("a value is switched off and on again, in a new set", () => {
  const off = noneOff();
  const once = filtering.toggled(off, "types", 2);
  assert.deepEqual([...once.types], [2]);
  assert.equal(off.types.size, 0);
  assert.deepEqual([...filtering.toggled(once, "types", 2).types], []);
  assert.equal(once.sides, off.sides); // other groups are the same
});

test("all, none and only this one", () => {
  const none = filtering.allOff(noneOff(), "types", VALUES_3);
  assert.deepEqual([...none.types], VALUES_3);
  assert.equal(filtering.allOn(none, "types").types.size, 0);
  const one = filtering.onlyOne(none, "types", 1, VALUES_3);
  assert.deepEqual([...one.types], [0, 2]);
  assert.ok(filtering.isOnly(one, "types", 1, VALUES_3));
  assert.ok(!filtering.isOnly(one, "types", 0, VALUES_3));
  assert.ok(!filtering.isOnly(noneOff(), "types", 1, VALUES_3));
  assert.ok(!filtering.isOnly(noneOff(), "types", 0, [0])); // the only type there is
});

test("which filters are on, and the patch that clears them all", () => {
  const state = { off: filtering.toggled(noneOff(), "sides", 0), query: "panj", range: [1, 2] };
  assert.deepEqual(filtering.activeFilters(state), ["sides", "query", "range"]);
  assert.deepEqual(filtering.activeFilters({ ...state, ...filtering.everythingShown() }), []);
});

test("the shorter list is named: what is hidden or what is left", () => {
  const off = filtering.toggled(noneOff(), "types", 1);
  assert.deepEqual(filtering.shownOf(off, "types", VALUES_3), { shown: [0, 2], hidden: [1], byHidden: true });
  const most = filtering.onlyOne(off, "types", 0, VALUES_3);
  assert.equal(filtering.shownOf(most, "types", VALUES_3).byHidden, false);
});

test("values that no incident has are not offered", () => {
  const app = makeApp([{ side: 1 }, { side: 0 }, { side: 1 }]);
  assert.deepEqual(presentValues(app, "sides"), [1, 0]);
  assert.equal(VALUES.sides.label(app, 1), "Tajik side");
  assert.equal(VALUES.sides.label(app, 0), "Side not known");
  assert.equal(VALUES.confidences.label(app, 3), "High");
  assert.equal(VALUES.types.label(app, 2), "Own kind");
  const sure = makeApp([{ confidence: 0 }, { confidence: 3 }, { confidence: 1 }, { confidence: 2 }]);
  assert.deepEqual(presentValues(sure, "confidences"), [3, 2, 1, 0]); // from high to not stated
});

test("a rate says line, period and filters", () => {
  const app = makeApp([{ type: 0 }, { type: 1 }, { type: 2 }]);
  const plain = basisTexts(app, { off: noneOff(), query: "", range: null }).map(bare).join(" ");
  assert.match(plain, /A border, 1,344 km, from OpenStreetMap, by way of a builder/);
  assert.match(plain, /1 January 1970 – 18 May 1997/);
  assert.match(plain, /No filter/);
  const state = { off: filtering.onlyOne(noneOff(), "types", 1, VALUES_3), query: "panj", range: [0, 364] };
  const narrowed = basisTexts(app, state).map(bare).join(" ");
  assert.match(narrowed, /only Drug seizure/);
  assert.match(narrowed, /“panj”/);
  assert.match(narrowed, /1 January – 31 December 1970/);
  assert.doesNotMatch(narrowed, /No filter/);
});

test("values of a table do not claim to follow period and filters", () => {
  const app = makeApp([{}], { head: { rates: { follows: null } } });
  const said = basisTexts(app, { off: filtering.toggled(noneOff(), "types", 0), query: "x", range: [0, 9] })
    .map(bare)
    .join(" ");
  assert.match(said, /do not follow the filters/);
  assert.doesNotMatch(said, /1970|“x”/);
});

test("nothing left of a group, and more than six values", () => {
  const types = Array.from({ length: 20 }, (_, i) => ({ key: `Kind ${String(i).padStart(2, "0")}` }));
  const app = makeApp(
    types.map((_, type) => ({ type })),
    { head: { types } },
  );
  const all = types.map((_, i) => i);
  const none = filterTexts(app, { off: filtering.allOff(noneOff(), "types", all), query: "" });
  assert.match(bare(none[0]), /none/i);
  const ten = { ...noneOff(), types: new Set(all.slice(10)) };
  const named = bare(filterTexts(app, { off: ten, query: "" })[0]);
  assert.match(named, /Kind 05 and 4 more/);
  assert.doesNotMatch(named, /Kind 06/);
});

test("what was set aside is named with its group", () => {
  const app = makeApp([{}], {
    head: {
      notes: {
        set_aside: {
          "scope context": 3,
          "scope off_border": 1,
          "confidence low": 0,
          "outside the period": 2,
        },
      },
    },
  });
  const said = basisTexts(app, { off: noneOff(), query: "", range: null }).map(bare).join(" ");
  assert.match(said, /Not counted: Kind of record: Context, Away from the border\./);
  assert.doesNotMatch(said, /Low|outside/);
});
