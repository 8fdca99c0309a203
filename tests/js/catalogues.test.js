// The catalogues as the page reads them: every text of every language can be shown, with any number.
import assert from "node:assert/strict";
import test from "node:test";
import { catalogue, load } from "./helpers.js";

const { createWords } = await load("words/words.js");

const LANGUAGES = ["en", "ru", "tg", "fa"];
const CATALOGUES = Object.fromEntries(LANGUAGES.map((lang) => [lang, catalogue(lang)]));
const NUMBERS = [0, 1, 2, 5, 11, 21, 22, 1234, 0.5];

const make = (lang, options = {}) =>
  createWords({ catalogues: CATALOGUES, boundary: { left: "TJ", right: "AF" }, lang, ...options });

const placesOf = (text) => {
  const all = typeof text === "string" ? text : Object.values(text).join(" ");
  return [...all.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
};

const paramsOf = (text, n) =>
  Object.fromEntries(placesOf(text).map((name) => [name, name === "n" ? n : "Panj"]));

const bare = (text) => text.replace(/[\u2066-\u2069\u200f]/g, "");

for (const lang of LANGUAGES) {
  test(`every text of ${lang} can be shown, none is lent by English`, () => {
    const lent = [];
    const words = make(lang, { onMissing: (key) => lent.push(key) });
    for (const [key, text] of Object.entries(CATALOGUES[lang])) {
      for (const n of NUMBERS) {
        const shown = words.t(key, paramsOf(text, n));
        assert.ok(shown.length > 0, key);
        assert.doesNotMatch(shown, /[{}]|undefined|NaN|null/, key);
      }
    }
    for (const key of Object.keys(CATALOGUES.en)) words.t(key, paramsOf(CATALOGUES.en[key], 2));
    assert.deepEqual(lent, []);
  });

  test(`sides, months and languages have names in ${lang}`, () => {
    const words = make(lang);
    const sides = [0, 1, 2, 3].map((which) => words.side(which));
    assert.equal(new Set(sides).size, 4);
    const months = Array.from({ length: 12 }, (_, i) => words.day(19_700 + 31 * i, "month"));
    assert.equal(new Set(months).size, 12);
    assert.equal(words.t("language.tg"), "Тоҷикӣ");
  });
}

test("Russian counts as Russian does", () => {
  const words = make("ru");
  const found = (n) => bare(words.t("filter.found", { n }));
  assert.equal(found(1), "Найден 1 инцидент");
  assert.equal(found(21), "Найден 21 инцидент");
  assert.equal(found(3), "Найдено 3 инцидента");
  assert.equal(found(12), "Найдено 12 инцидентов");
  assert.equal(bare(words.t("header.count", { n: 1, shown: "1" })), "1 из 1 инцидента");
  assert.equal(bare(words.t("header.count", { n: 22, shown: "5" })), "5 из 22 инцидентов");
});

test("Tajik and Dari leave the noun as it is after a number", () => {
  assert.equal(bare(make("tg").t("filter.found", { n: 7 })), "7 ҳодиса ёфт шуд");
  assert.equal(bare(make("fa").t("filter.found", { n: 7 })), "۷ رویداد یافت شد");
});

test("dates are written as each language writes them", () => {
  const day = Date.UTC(2024, 10, 26) / 86_400_000;
  const shown = (lang, precision) => bare(make(lang).day(day, precision));
  assert.equal(shown("en", "day"), "26 November 2024");
  assert.equal(shown("ru", "day"), "26 ноября 2024");
  assert.equal(shown("ru", "month"), "ноябрь 2024");
  assert.equal(shown("tg", "day"), "26 ноябри 2024");
  assert.equal(shown("fa", "day"), "۶ قوس ۱۴۰۳");
});

test("a text that a language lacks is seen in English", () => {
  const ru = { ...CATALOGUES.ru };
  delete ru["panel.save"];
  const heard = [];
  const catalogues = { ...CATALOGUES, ru };
  const words = make("ru", { catalogues, onMissing: (key, lang) => heard.push([key, lang]) });
  assert.equal(words.t("panel.save"), CATALOGUES.en["panel.save"]);
  assert.equal(words.t("panel.about"), CATALOGUES.ru["panel.about"]);
  assert.deepEqual(heard, [["panel.save", "ru"]]);
});
