import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";

const { createStore } = await load("state/store.js");

test("listeners hear of their keys only, and of what is new only", () => {
  const store = createStore({ a: 1, b: 2 });
  const heard = [];
  store.on(["a"], (state) => heard.push(state.a));
  store.set({ b: 3 });
  store.set({ a: 1 });
  store.set({ a: 5, b: 9 });
  assert.deepEqual(heard, [5]);
  assert.deepEqual(store.get(), { a: 5, b: 9 });
});

test("one call for several keys; NaN is the same as NaN", () => {
  const store = createStore({ n: NaN });
  let calls = 0;
  store.on(["a", "b", "n"], () => {
    calls += 1;
  });
  store.set({ a: 1, b: 2 });
  store.set({ n: NaN });
  assert.equal(calls, 1);
});

test("changes made by a listener are heard after the change that caused them", () => {
  const store = createStore({ a: 0, b: 0 });
  const heard = [];
  store.on(["a"], () => store.set({ b: store.get().a * 2 }));
  store.on(["a", "b"], ({ a, b }, changed) => heard.push([a, b, [...changed].join("")]));
  store.set({ a: 4 });
  assert.deepEqual(heard, [
    [4, 8, "a"],
    [4, 8, "b"],
  ]);
});

test("what is derived is there before anyone hears", () => {
  const store = createStore({ a: 1, twice: 2 });
  const heard = [];
  store.on(["a", "twice"], ({ a, twice }, changed) => heard.push([a, twice, changed.size]));
  store.derive(["a"], ({ a }) => ({ twice: 2 * a }));
  store.derive("twice", () => undefined);
  store.set({ a: 7 });
  assert.deepEqual(heard, [[7, 14, 2]]);
});

test("stopping, also from within a listener", () => {
  const store = createStore();
  let calls = 0;
  const stop = store.on("a", () => {
    calls += 1;
    stop();
  });
  store.set({ a: 1 });
  store.set({ a: 2 });
  assert.equal(calls, 1);
});

test("a listener that fails keeps no other from hearing, and the failure is told", () => {
  const store = createStore();
  let heard = 0;
  store.on("a", () => {
    throw new Error("broken part");
  });
  store.on("a", () => {
    heard += 1;
  });
  assert.throws(() => store.set({ a: 1 }), /broken part/);
  assert.equal(heard, 1);
  assert.throws(() => store.set({ a: 2 }), /broken part/);
  assert.equal(heard, 2);
});

test("a state that never settles is an error, not an endless loop", () => {
  const store = createStore({ a: 0 });
  store.on("a", () => store.set({ a: store.get().a + 1 }));
  assert.throws(() => store.set({ a: 1 }), /never settles: a/);
});

test("states handed out do not change", () => {
  const store = createStore({ a: 1 });
  const before = store.get();
  store.set({ a: 2 });
  assert.equal(before.a, 1);
});
