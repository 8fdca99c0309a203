import assert from "node:assert/strict";
import test from "node:test";
import { load, randomness } from "./helpers.js";

const { fold, queryWords } = await load("data/fold.js");
const { createTexts } = await load("data/texts.js");

const FIELDS = ["id", "place", "admin1", "summary", "actors", "killed", "links", "others"];

/** Texts of some records in chunks of `size`. */
const makeTexts = (records, { size = 2, names = {}, extra, read = () => {} } = {}) => {
  const chunks = Math.ceil(records.length / size);
  const head = { n: records.length, text: { chunk: size, chunks, fields: FIELDS }, names };
  return createTexts(
    head,
    async (number) => {
      read(number);
      const part = records.slice(number * size, (number + 1) * size);
      return Object.fromEntries(FIELDS.map((field) => [field, part.map((record) => record[field] ?? null)]));
    },
    extra,
  );
};

const found = async (texts, query) => [...(await texts.search(query))].join("");

test("texts that recur are told once", async () => {
  const chunk = {
    id: ["a", "b", "c", "d"],
    summary: ["First words", null, "Other words"],
    again: { summary: [2, 0, 1, 0] },
  };
  const head = { n: 4, text: { chunk: 4, chunks: 1, fields: FIELDS }, names: {} };
  const texts = createTexts(head, async () => chunk);
  const told = await texts.many([0, 1, 2, 3]);
  assert.deepEqual(
    told.map((record) => record.summary),
    ["Other words", "First words", null, "First words"],
  );
  assert.equal(await found(texts, "first"), "0101");
});

test("records are put together from the columns of their chunk", async () => {
  const texts = makeTexts([
    { id: "a", killed: 2 },
    { id: "b" },
    { id: "c", links: [["https://x.org", "x.org", null]] },
  ]);
  const record = await texts.get(2);
  assert.deepEqual(record, {
    id: "c",
    place: null,
    admin1: null,
    summary: null,
    actors: null,
    killed: null,
    links: [["https://x.org", "x.org", null]],
    others: [],
  });
  assert.deepEqual(
    (await texts.many([0, 1])).map(({ id }) => id),
    ["a", "b"],
  );
  assert.equal((await texts.get(0)).killed, 2);
});

test("chunks are read once while they are kept", async () => {
  const reads = [];
  const texts = makeTexts(
    Array.from({ length: 10 }, (_, i) => ({ id: String(i) })),
    { read: (n) => reads.push(n) },
  );
  await texts.many([0, 1, 2, 3, 0, 2]);
  assert.deepEqual(reads, [0, 1]);
});

test("letters that are typed in several ways", () => {
  const same = [
    ["Ёлка", "елка"],
    ["ҶАНҶОЛ", "чанчол"],
    ["Ҳамадонӣ", "хамадони"],
    ["Қӯрғонтеппа", "кургонтеппа"],
    ["كابل", "کابل"],
    ["على", "علی"],
    ["آمو", "امو"],
    ["أحمد", "احمد"],
    ["قلعة", "قلعه"],
    ["شُغنان", "شغنان"],
    ["شیرخان‌بندر", "شیرخانبندر"],
    ["Qal‘a-i Khumb", "qala-i khumb"],
    ["Zürich Straße", "zurich strasse"],
    ["İSTANBUL ılık", "istanbul ilik"],
    ["Łódź", "lodz"],
    ["۱۴۰۳ ٢٠٢٤", "1403 2024"],
    ["ﷲ", fold("الله")],
    ["Æther", "aether"],
  ];
  for (const [one, other] of same) assert.equal(fold(one), fold(other), `${one} ${other}`);
  assert.notEqual(fold("Panj"), fold("Pamir"));
  assert.equal(fold("a\u0001b\u0002É"), "a\u0001b\u0002e");
});

test("words of a query", () => {
  assert.deepEqual(queryWords("  Ёлка\tелка  PANJ "), ["елка", "panj"]);
  assert.deepEqual(queryWords("شیرخان‌بندر"), ["شیرخان", "بندر"]);
  for (const none of ["", "   ", "\u0001\u0002", "\u200c"]) assert.deepEqual(queryWords(none), []);
});

test("all words must occur, in any field, in any order", async () => {
  const texts = makeTexts([
    { place: "Panj", summary: "Smugglers were detained" },
    { place: "Ishkashim", summary: "A clash near Panj" },
    { place: "Panj" },
    { links: [["https://www.example.org/panj", "example.org", null]], others: ["Radio Ozodi, detained"] },
  ]);
  assert.equal(await found(texts, "panj"), "1111");
  assert.equal(await found(texts, "DETAINED panj"), "1001");
  assert.equal(await found(texts, "ozodi example"), "0001");
  assert.equal(await found(texts, "nowhere"), "0000");
  assert.equal(await texts.search("  "), null);
});

test("words do not join across fields or records", async () => {
  const texts = makeTexts([{ place: "Shi", admin1: "rkhan" }, { place: "Pa" }, { place: "nj" }]);
  assert.equal(await found(texts, "shirkhan"), "000");
  assert.equal(await found(texts, "panj"), "000");
});

test("translated names of places are found, alone or within a longer name", async () => {
  const names = { ru: { "Panj": "Пяндж", "Khatlon Region": "Хатлонская область" }, fa: { Panj: "پنج" } };
  const texts = makeTexts(
    [{ place: "Panj" }, { place: "Moscow, Panj" }, { admin1: "Khatlon Region" }, { summary: "Panj" }],
    { names },
  );
  assert.equal(await found(texts, "пяндж"), "1100");
  assert.equal(await found(texts, "پنج"), "1100");
  assert.equal(await found(texts, "хатлонская"), "0010");
});

test("further words by incident", async () => {
  const texts = makeTexts([{ id: "a" }, { id: "b" }, { id: "c" }], {
    extra: (i) => (i === 2 ? fold("Контрабанда") : ""),
  });
  assert.equal(await found(texts, "контрабанда"), "001");
});

test("words of the texts, of places in other languages and of the type together", async () => {
  const random = randomness(5);
  const pieces = ["panj", "clash", "fire", "пандж", "river", "стычка"];
  const names = { ru: { Panj: "Пяндж", River: "Река" }, fa: { Panj: "پنج" } };
  const kinds = ["clash стычка", "fire обстрел", ""];
  const records = Array.from({ length: 90 }, () => ({
    place: random.pick(["Panj", "River", "Fire", null]),
    summary: `${random.pick(pieces)} ${random.pick(pieces)}`,
  }));
  const kind = records.map(() => random.pick(kinds));
  const texts = makeTexts(records, { size: 16, names, extra: (i) => kind[i] });
  const all = records.map(({ place, summary }, i) =>
    fold([place, names.ru[place], names.fa[place], summary, kind[i]].filter(Boolean).join("|")),
  );
  const queries = ["clash fire", "fire clash", "стычка panj", "река", "пяндж clash", "پنج стычка", "fire nothing"];
  for (const query of queries) {
    const wanted = all.map((text) => Number(queryWords(query).every((word) => text.includes(word))));
    assert.deepEqual([...(await texts.search(query))], wanted, query);
    assert.ok(query.includes("nothing") || wanted.includes(1), query);
    assert.ok(wanted.includes(0), query);
  }
});

test("separators in hostile texts do no harm", async () => {
  const texts = makeTexts([{ summary: "x\u0001y\u0002z" }, { summary: "match" }, { summary: ".*(+[" }]);
  assert.equal(await found(texts, "match"), "010");
  assert.equal(await found(texts, ".*(+["), "001");
  assert.equal(await found(texts, "x z"), "100");
});

test("like looking into each record by itself", async () => {
  const random = randomness(12);
  const pieces = ["панҷ", "Panj", "рӯд", "clash", "دریا", "of", "the", "border"];
  const records = Array.from({ length: 57 }, () => ({
    place: random.pick(pieces),
    summary: Array.from({ length: 3 }, () => random.pick(pieces)).join(" "),
  }));
  const texts = makeTexts(records, { size: 8 });
  for (const query of ["панч", "PANJ clash", "руд of the", "دریا", "border border", "o"]) {
    const wanted = records.map(({ place, summary }) =>
      Number(queryWords(query).every((word) => fold(place).includes(word) || fold(summary).includes(word))),
    );
    assert.deepEqual([...(await texts.search(query))], wanted, query);
    assert.deepEqual([...(await texts.search(query))], wanted, `${query}, again`);
  }
});

test("a search can be given up", async () => {
  const control = new AbortController();
  const texts = makeTexts(
    Array.from({ length: 50 }, () => ({ id: "x" })),
    {
      read: (n) => {
        if (n === 3) control.abort();
      },
    },
  );
  await assert.rejects(texts.search("x", control.signal), { name: "AbortError" });
});

test("a long search lets others run", async () => {
  const records = Array.from({ length: 4000 }, () => ({ summary: "É".repeat(400) }));
  const texts = makeTexts(records, { size: 50 });
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await texts.search("e");
  clearInterval(timer);
  assert.ok(longest > 0 && longest < 300, `${longest} ms`);
});

test("a chunk that cannot be read makes the search fail, and is asked for again", async () => {
  let broken = true;
  const texts = makeTexts([{ id: "a" }], {
    read: () => {
      if (broken) throw new Error("damaged");
    },
  });
  await assert.rejects(texts.search("a"), /damaged/);
  broken = false;
  assert.equal(await found(texts, "a"), "1");
});
