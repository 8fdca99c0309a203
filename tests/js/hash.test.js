import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { load, makeHead, randomness } from "./helpers.js";

const { readHash, writeHash } = await load("state/hash.js");
const { initialState } = await load("state/initial.js");
const { currentHash, linkHash } = await load("state/link.js");
const { createStore } = await load("state/store.js");

const day = (iso) => Date.parse(iso) / 864e5;
const PERIOD = [day("2015-01-01"), day("2025-12-31")];
const head = makeHead(9, 400, PERIOD);
const initial = initialState();
const KEYS = ["lang", "view", "range", "off", "query", "pick", "chart", "style", "layers"];
const LINKED = Object.keys(initial.layers).filter((name) => name !== "tiles");
const nothing = readHash("", head, initial);

test("an empty hash is the first state", () => {
  for (const key of KEYS) assert.deepEqual(nothing[key], initial[key], key);
  assert.equal(writeHash(initial, head, initial), "");
});

test("there and back, for random states", () => {
  const random = randomness(9);
  const strange = ["", "a b", "a&b=c#d%20", "пяндж", "شیرخان‌بندر", "<script>", "100%", "+1", "\"'`{{x}}"];
  for (let turn = 0; turn < 500; turn += 1) {
    const some = (n) => new Set(Array.from({ length: random.whole(4) }, () => random.whole(n)));
    const first = PERIOD[0] + 1 + random.whole(3000);
    const state = {
      ...initial,
      lang: random.pick(head.languages),
      view: random.pick([null, { zoom: 7.25, lat: 37.1234, lon: -69.5 }, { zoom: 0, lat: 0, lon: 0 }]),
      range: random.pick([null, [first, first + random.whole(500)]]),
      off: { types: some(5), sides: some(4), precisions: some(3), confidences: some(4), scopes: some(2) },
      query: random.pick(strange),
      pick: random.pick([
        null,
        { kind: "segment", id: 8 },
        { kind: "incident", id: 399 },
        { kind: "stretch", id: 0 },
        { kind: "cell", id: 1 },
        { kind: "referent", id: 0 },
      ]),
      chart: random.pick(["profile", "years"]),
      style: random.pick(["ribbon", "bars"]),
      layers: { ...initial.layers, [random.pick(LINKED)]: random.next() < 0.5 },
    };
    const hash = writeHash(state, head, initial);
    const found = readHash(`#${hash}`, head, initial);
    for (const key of KEYS) assert.deepEqual(found[key], state[key], `turn ${turn}: ${key} of ${hash}`);
  }
});

test("no link asks a server for tiles, and none takes away those that the reader asked for", () => {
  const shown = { ...initial, layers: { ...initial.layers, tiles: true } };
  assert.equal(writeHash(shown, head, initial), "");
  assert.equal(readHash("#show=tiles,relief", head, initial).layers.tiles, false);
  const place = fakePlace("");
  const { store } = linked(place, { layers: shown.layers });
  place.type("#hide=relief,tiles&show=tiles");
  assert.deepEqual(store.get().layers, { ...initial.layers, relief: false, tiles: true });
  mock.timers.reset();
});

test("filters are kept by word, so that an index may change", () => {
  const state = { ...initial, off: { ...initial.off, types: new Set([4]) } };
  const hash = writeHash(state, head, initial);
  const turned = { ...head, types: [...head.types].reverse() };
  assert.deepEqual([...readHash(hash, turned, initial).off.types], [0]);
  const without = { ...head, types: head.types.slice(0, 2) };
  assert.equal(readHash(hash, without, initial).off.types.size, 0);
});

const HOSTILE = [
  "lang=xx",
  "lang=__proto__",
  "lang=constructor",
  "map=NaN/NaN/NaN",
  "map=1e999/1/1",
  "map=7/99/70",
  "map=7/37",
  "map=7/37/70/1",
  "map=//",
  "map=7/37/1e9",
  "map=-1/0/0",
  "time=2015-01-01",
  "time=2020-01-01..2019-01-01",
  "time=2015-13-41..2016-01-01",
  "time=2015-02-30..2016-01-01",
  "time=0000-00-00..9999-99-99",
  "time=..",
  "time=1066-01-01..1067-01-01",
  "time=2015-01-01..2025-12-31",
  "no-types=nope",
  "no-types=__proto__",
  "no-sides=left;drop",
  "pick=segment:nope",
  "pick=segment",
  "pick=:",
  "pick=__proto__:1",
  "pick=constructor:0",
  "pick=incident:-1",
  "pick=incident:400",
  "pick=incident:1.5",
  "pick=incident:1e2",
  "pick=incident:99999999999999999999",
  "pick=stretch:3",
  "pick=area:0",
  "chart=pie",
  "style=__proto__",
  "show=__proto__,constructor",
  "hide=nothing",
  "a=b&c",
  "%",
  "%E0%A4%A",
  "%00",
  "&&&===",
  "\ud800",
  "q=",
  "x".repeat(50000),
  `map=${"9".repeat(400)}/1/1`,
];

for (const hash of HOSTILE) {
  test(`a hash that makes no sense is passed over: ${JSON.stringify(hash.slice(0, 40))}`, () => {
    const found = readHash(`#${hash}`, head, initial);
    for (const key of KEYS) assert.deepEqual(found[key], initial[key], key);
  });
}

test("a range is cut to the period; a long query to 500 letters; no hash at all is none", () => {
  assert.deepEqual(readHash("time=1990-01-01..2016-01-01", head, initial).range, [
    PERIOD[0],
    day("2016-01-01"),
  ]);
  assert.equal(readHash(`q=${"a".repeat(900)}`, head, initial).query.length, 500);
  for (const odd of [null, undefined, 7, {}]) assert.deepEqual(readHash(odd, head, initial), nothing);
});

test("random letters never fail", () => {
  const random = randomness(2);
  const letters = [..."#&=%+/:,;.-_abcdefgnmpqtyz0123456789 \u0000\u202e\ud83d<>\"'{}"];
  const starts = ["", "time=", "map=", "pick=", "no-types=", "show=", "q=", "lang=", "pick=incident:"];
  for (let turn = 0; turn < 3000; turn += 1) {
    const text =
      random.pick(starts) + Array.from({ length: random.whole(30) }, () => random.pick(letters)).join("");
    const found = readHash(text, head, initial);
    writeHash({ ...initial, ...found }, head, initial);
    assert.ok(head.languages.includes(found.lang));
  }
});

const fakePlace = (hash, refuses = false) => {
  const listeners = {};
  const place = {
    location: { hash },
    written: [],
    history: {
      state: null,
      replaceState: (state, title, address) => {
        if (refuses) throw new Error("SecurityError");
        place.written.push(address);
        place.location.hash = address;
      },
    },
    addEventListener: (name, listener) => {
      listeners[name] = listener;
    },
    removeEventListener: (name) => {
      delete listeners[name];
    },
    type: (typed) => {
      place.location.hash = typed;
      listeners.hashchange();
    },
    listeners,
  };
  return place;
};

const linked = (place, more = {}) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const store = createStore({ ...initial, ...more });
  const moves = [];
  const { stop } = linkHash({ store, head, initial, place, goTo: (view) => moves.push(view) });
  return { store, moves, stop };
};

test("changes are written a little later, many as one", () => {
  const place = fakePlace("");
  const { store } = linked(place);
  store.set({ query: "a" });
  store.set({ query: "ab", chart: "years" });
  assert.deepEqual(place.written, []);
  mock.timers.tick(500);
  assert.deepEqual(place.written, ["#q=ab&chart=years"]);
  mock.timers.tick(5000);
  store.set({ hover: { kind: "segment", id: 1 } });
  mock.timers.tick(5000);
  assert.equal(place.written.length, 1);
  mock.timers.reset();
});

test("changes without end are written now and then, neither each nor only at the end", () => {
  const place = fakePlace("");
  const { store } = linked(place);
  for (let step = 0; step < 400; step += 1) {
    store.set({ query: `q${step}` });
    mock.timers.tick(10);
  }
  assert.ok(place.written.length >= 9 && place.written.length <= 10, `${place.written.length}`);
  mock.timers.reset();
});

test("the view that the page begins with is not written, one moved to is", () => {
  const place = fakePlace("");
  const { store } = linked(place, { view: { zoom: 7, lat: 37, lon: 70, bounds: [1, 2, 3, 4] } });
  store.set({ view: { zoom: 7, lat: 37.00001, lon: 70 } });
  mock.timers.tick(500);
  assert.deepEqual(place.written, []);
  store.set({ view: { zoom: 8, lat: 37, lon: 70 } });
  mock.timers.tick(500);
  assert.deepEqual(place.written, ["#map=8/37.0000/70.0000"]);
  mock.timers.reset();
});

test("a typed hash is taken up whole: what it does not say is as at first", () => {
  const place = fakePlace("");
  const { store, moves } = linked(place, { query: "x" });
  place.type("#chart=years&map=9/38/71");
  assert.equal(store.get().chart, "years");
  assert.equal(store.get().query, "");
  assert.deepEqual(moves, [{ zoom: 9, lat: 38, lon: 71 }]);
  mock.timers.reset();
});

test("a hash typed just before the state is written is not lost", () => {
  const place = fakePlace("");
  const { store } = linked(place);
  store.set({ query: "a" });
  place.location.hash = "#chart=years"; // the page hears of it in a moment
  mock.timers.tick(500);
  assert.deepEqual(place.written, []);
  place.listeners.hashchange();
  assert.equal(store.get().chart, "years");
  assert.equal(store.get().query, "");
  mock.timers.reset();
});

test("a frame without a history of its own: nothing is written, nothing fails", () => {
  const place = fakePlace("", true);
  const { store, stop } = linked(place);
  store.set({ query: "a" });
  mock.timers.tick(500);
  store.set({ query: "b" });
  mock.timers.tick(500);
  assert.deepEqual(place.written, []);
  stop();
  assert.deepEqual(place.listeners, {});
  mock.timers.reset();
});

test("a hash that may not be read is empty", () => {
  const refusing = {
    get location() {
      throw new Error("SecurityError");
    },
  };
  assert.equal(currentHash(refusing), "");
  assert.equal(currentHash({ location: { hash: "#q=a" } }), "#q=a");
});
