import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";

const { keepFound, keepResult } = await load("state/results.js");
const { createStore } = await load("state/store.js");
const { failWith } = await load("state/failure.js");

/** Texts whose searches end when the test says so. */
const slowTexts = () => {
  const asked = [];
  const search = (query, signal) =>
    new Promise((done, fail) => {
      asked.push({ query, signal, done, fail });
      signal.addEventListener("abort", () =>
        fail(Object.assign(new Error("stopped"), { name: "AbortError" })),
      );
    });
  return { search, asked };
};
const turn = () => new Promise((done) => setTimeout(done, 0));

test("the newest search wins, older ones are given up", async () => {
  const texts = slowTexts();
  const store = createStore({ query: "", found: null, searching: false });
  keepFound({ store, texts }, assert.fail);
  store.set({ query: "a" });
  store.set({ query: "ab" });
  assert.equal(store.get().searching, true);
  assert.equal(texts.asked[0].signal.aborted, true);
  texts.asked[1].done("of ab");
  await turn();
  assert.equal(store.get().found, "of ab");
  assert.equal(store.get().searching, false);
});

test("a query that the page begins with is searched for", async () => {
  const texts = slowTexts();
  keepFound({ store: createStore({ query: "a" }), texts }, assert.fail);
  assert.deepEqual(
    texts.asked.map(({ query }) => query),
    ["a"],
  );
  texts.asked[0].done(null);
  await turn();
});

test("a search that fails is told, and all incidents are shown", async () => {
  const texts = slowTexts();
  const store = createStore({ query: "", found: "old" });
  const failures = [];
  keepFound({ store, texts }, (error) => failures.push(error.message));
  store.set({ query: "a" });
  texts.asked[0].fail(new Error("damaged"));
  await turn();
  assert.deepEqual(failures, ["damaged"]);
  assert.equal(store.get().found, null);
  assert.equal(store.get().searching, false);
});

test("the result is there before anyone hears of the filter, and is not made for other changes", () => {
  let made = 0;
  const model = { update: ({ range }) => ({ range, made: (made += 1) }) };
  const store = createStore({ range: null, result: null, hover: null });
  keepResult({ store, model });
  assert.equal(store.get().result.made, 1);
  const heard = [];
  store.on(["range", "result"], ({ range, result }) => heard.push([range, result.range]));
  store.set({ range: [1, 2] });
  store.set({ hover: 1 });
  assert.deepEqual(heard, [
    [
      [1, 2],
      [1, 2],
    ],
  ]);
  assert.equal(made, 2);
});

test("a failure is shown as text, never as markup", () => {
  const made = [];
  globalThis.document = { createElement: () => ({ setAttribute() {} }) };
  const told = console.error;
  console.error = () => {};
  try {
    const root = { dataset: {}, prepend: (element) => made.push(element), querySelector: () => null };
    failWith({ root }, new Error("<b>bad</b>"));
    failWith({ root, words: { t: (key) => `text of ${key}` } }, "odd");
  } finally {
    console.error = told;
    delete globalThis.document;
  }
  assert.deepEqual(
    made.map(({ textContent }) => textContent),
    ["<b>bad</b>", "text of page.failed"],
  );
});
