import assert from "node:assert/strict";
import test from "node:test";
import { catalogue, load } from "./helpers.js";

const { createWords } = await load("words/words.js");
const { gregorianDay } = await load("words/calendar.js");

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const RUSSIAN = [
  "января",
  "февраля",
  "марта",
  "апреля",
  "мая",
  "июня",
  "июля",
  "августа",
  "сентября",
  "октября",
  "ноября",
  "декабря",
];
const SOLAR = ["حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت"];
const named = (group, names) => Object.fromEntries(names.map((name, i) => [`${group}.${i + 1}`, name]));

const catalogues = {
  en: {
    "a.title": "Border",
    "a.only": "English only",
    "a.hello": "Hello {who}, {who}",
    "a.count": { one: "{n} incident", other: "{n} incidents" },
    "a.above": "> {n}",
    "type.armed_clash": "Armed clash",
    "country.TJ": "Tajikistan",
    "country.AF": "Afghanistan",
    "country.UZ": "Uzbekistan",
    "side.TJ": "Tajik side",
    "side.AF": "Afghan side",
    "side.both": "Both sides",
    "side.unknown": "Side not known",
    "side.other": "{country} side",
    ...named("month", MONTHS),
    ...named("month_alone", MONTHS),
    ...named("hijri", SOLAR),
  },
  ru: {
    "a.title": "Граница",
    "a.hello": "Привет, {who}",
    "a.count": { one: "{n} случай", few: "{n} случая", many: "{n} случаев", other: "{n} случая" },
    ...named("month", RUSSIAN),
    ...named("month_alone", ["январь", "февраль", "март", "апрель"]),
  },
  tg: { "a.count": { one: "{n} ҳодиса", other: "{n} ҳодисаҳо" }, ...named("month", RUSSIAN) },
  fa: {
    "a.title": "مرز",
    "a.hello": "سلام {who}",
    "a.count": { one: "{n} رویداد", other: "{n} رویداد" },
    "a.above": "> {n}",
    "a.separator": "، ",
    ...named("hijri", SOLAR),
  },
};
const names = { ru: { Panj: "Пяндж" }, fa: { Panj: "پنج" } };
const make = (lang, more = {}) =>
  createWords({
    catalogues,
    names,
    boundary: { left: "TJ", right: "AF" },
    lang,
    ...more,
  });

const plain = (text) => text.replace(/[\u2066-\u2069\u200f]/g, "");
const day = (iso) => Date.parse(iso) / 864e5;

test("texts in the language of the view", () => {
  const words = make("ru");
  assert.equal(words.t("a.title"), "Граница");
  words.set("en");
  assert.equal(words.t("a.title"), "Border");
  words.set("xx");
  assert.equal(words.lang, "en");
  assert.equal(make("xx").lang, "en");
});

test("English stands in for what a language lacks, and it is told", () => {
  const heard = [];
  const words = make("ru", { onMissing: (key, lang, count) => heard.push([key, lang, count]) });
  assert.equal(words.t("a.only"), "English only");
  assert.equal(words.t("a.only"), "English only");
  assert.equal(words.t("nowhere.some_key"), "Some key");
  assert.deepEqual(heard, [
    ["a.only", "ru", 1],
    ["nowhere.some_key", "ru", 2],
  ]);
  assert.equal(words.missing.size, 2);
});

test("a name of every object is no text", () => {
  const words = make("en");
  assert.equal(words.t("constructor"), "Constructor");
  assert.equal(words.t("a.hello", Object.create({ who: "x" })), "Hello {who}, {who}");
  assert.equal(words.name("toString"), "toString");
  assert.equal(words.term("type", "__proto__"), "__proto__");
});

test("only words of a vocabulary are made readable, other texts stay as they are", () => {
  const words = make("en");
  assert.equal(words.term("type", "own_type"), "Own type");
  assert.equal(words.term("type", "<b>a_b</b>"), "<b>a_b</b>");
  assert.equal(words.term("type", "reported by a_b"), "reported by a_b");
});

test("places are filled, each time they stand there; what is given is text, never a pattern", () => {
  const words = make("en");
  assert.equal(words.t("a.hello", { who: "$& {who} <b>" }), "Hello $& {who} <b>, $& {who} <b>");
  assert.equal(words.t("a.hello"), "Hello {who}, {who}");
  assert.equal(words.t("a.hello", { who: 1234.5 }), "Hello 1,234.5, 1,234.5");
});

test("plural forms", () => {
  const forms = (lang, numbers) =>
    numbers.map((n) => plain(make(lang).t("a.count", { n })).replace(/[\s\u00a0]/g, " "));
  assert.deepEqual(forms("en", [0, 1, 2]), ["0 incidents", "1 incident", "2 incidents"]);
  assert.deepEqual(forms("ru", [1, 3, 11, 21, 1000]), [
    "1 случай",
    "3 случая",
    "11 случаев",
    "21 случай",
    "1 000 случаев",
  ]);
  assert.deepEqual(forms("tg", [1, 2, 21]), ["1 ҳодиса", "2 ҳодисаҳо", "21 ҳодисаҳо"]);
  assert.deepEqual(forms("fa", [1, 12]), ["۱ رویداد", "۱۲ رویداد"]);
  assert.equal(make("ru").t("a.count", { n: "около 5", count: 5 }), "около 5 случаев");
});

test("Tajik, which browsers lack, is not asked of them", async () => {
  const { formatNumber, pluralOf } = await load("words/numbers.js?afresh");
  const { PluralRules, NumberFormat } = Intl;
  const asked = [];
  const listening = (Kind) =>
    function Listening(lang, options) {
      asked.push(lang);
      return new Kind(lang, options);
    };
  Intl.PluralRules = listening(PluralRules);
  Intl.NumberFormat = listening(NumberFormat);
  try {
    assert.deepEqual(
      [0, 1, 2, 21, 1.5].map((n) => pluralOf("tg", n)),
      ["other", "one", "other", "other", "other"],
    );
    assert.equal(formatNumber("tg", 0.5), "0,5");
  } finally {
    Object.assign(Intl, { PluralRules, NumberFormat });
  }
  assert.deepEqual(asked, ["ru"]);
});

test("a plural that English lends to Russian follows English", () => {
  const lent = createWords({ catalogues: { en: catalogues.en, ru: {} }, lang: "ru" });
  assert.equal(lent.t("a.count", { n: 21 }), "21 incidents");
});

test("numbers", () => {
  const number = (lang, ...args) =>
    make(lang)
      .number(...args)
      .replace(/[\u00a0\u202f]/g, " ");
  assert.equal(number("en", 1234567.891, { digits: 1 }), "1,234,567.9");
  assert.equal(number("ru", 1234567.891, { digits: 1 }), "1 234 567,9");
  assert.equal(number("tg", 1234567.891, { digits: 1 }), "1 234 567,9");
  assert.equal(number("fa", 1234567.891, { digits: 1 }), "۱٬۲۳۴٬۵۶۷٫۹");
  assert.equal(number("en", 0.012345, { significant: 2 }), "0.012");
  assert.equal(number("en", 0, { digits: 0 }), "0");
  assert.equal(number("en", Infinity), "∞");
  for (const none of [NaN, null, undefined]) assert.equal(number("en", none), "–");
});

test("values of the other direction are isolated, and in Dari all are", () => {
  assert.equal(make("en").t("a.hello", { who: "Panj" }), "Hello Panj, Panj");
  assert.equal(make("en").t("a.hello", { who: "پنج" }), "Hello \u2067پنج\u2069, \u2067پنج\u2069");
  assert.equal(make("fa").t("a.hello", { who: "Panj" }), "سلام \u2066Panj\u2069");
  assert.equal(make("fa").t("a.above", { n: 1.5 }), "\u2066> \u2066۱٫۵\u2069\u2069");
  assert.equal(make("en").t("a.above", { n: 1.5 }), "> 1.5");
  assert.equal(make("fa").t("a.separator"), "، ");
});

test("ranges read from the first to the second", () => {
  assert.equal(make("en").range(2015, 2020), "2,015–2,020");
  assert.equal(make("en").range("0.4", "1.5"), "0.4–1.5");
  assert.equal(make("en").range("3 May", "4 June"), "3 May – 4 June");
  assert.equal(make("fa").range("۱۳۹۳", "۱۳۹۴"), "\u2067\u200f\u2066۱۳۹۳\u2069–\u2066۱۳۹۴\u2069\u2069");
});

test("days as well as they are known", () => {
  const written = (lang, iso, precision) => plain(make(lang).day(day(iso), precision));
  assert.equal(written("en", "2026-04-17", "day"), "17 April 2026");
  assert.equal(written("en", "2026-04-01", "month"), "April 2026");
  assert.equal(written("en", "2026-01-01", "year"), "2026");
  assert.equal(written("en", "2026-04-27", "week"), "27 April – 3 May 2026");
  assert.equal(written("ru", "2026-04-17", "day"), "17 апреля 2026");
  assert.equal(written("ru", "2026-04-01", "month"), "апрель 2026");
  assert.equal(written("fa", "2025-03-21", "day"), "۱ حمل ۱۴۰۴");
  assert.equal(written("fa", "2025-03-20", "day"), "۳۰ حوت ۱۴۰۳");
});

test("a Gregorian month or year is written as what it touches in the solar calendar", () => {
  const words = make("fa");
  assert.equal(plain(words.day(day("2025-03-01"), "month")), "حوت ۱۴۰۳ – حمل ۱۴۰۴");
  assert.equal(plain(words.day(day("2025-05-01"), "month")), "ثور – جوزا ۱۴۰۴");
  assert.equal(plain(words.day(day("2025-01-01"), "year")), "۱۴۰۳–۱۴۰۴");
});

test("spans", () => {
  const span = (lang, a, b, precision) => plain(make(lang).span(day(a), day(b), precision));
  assert.equal(span("en", "2010-01-01", "2025-10-31", "month"), "January 2010 – October 2025");
  assert.equal(span("en", "2010-01-01", "2010-03-31", "month"), "January – March 2010");
  assert.equal(span("en", "2010-01-01", "2010-01-31", "month"), "January 2010");
  assert.equal(span("en", "2015-01-01", "2020-12-31", "year"), "2015–2020");
  assert.equal(span("en", "2015-05-03", "2015-05-03"), "3 May 2015");
  assert.equal(span("en", "2014-05-03", "2015-05-03"), "3 May 2014 – 3 May 2015");
  assert.equal(span("fa", "2015-01-01", "2020-12-31", "year"), "۱۳۹۳–۱۳۹۹");
});

test("ticks of years, of the view's calendar", () => {
  const ticks = make("en").yearTicks(day("2015-06-01"), day("2018-06-01"));
  assert.deepEqual(
    ticks,
    [2016, 2017, 2018].map((year) => ({ day: gregorianDay(year, 1, 1), label: String(year) })),
  );
  const solar = make("fa").yearTicks(day("2015-01-01"), day("2017-01-01"));
  assert.deepEqual(solar, [
    { day: day("2015-03-21"), label: "۱۳۹۴" },
    { day: day("2016-03-20"), label: "۱۳۹۵" },
  ]);
  assert.ok(make("en").yearTicks(day("1700-01-01"), day("2026-01-01")).length <= 70);
});

test("years with their days", () => {
  const [first, second] = make("en").years(day("2015-06-01"), day("2016-06-01"));
  const range = [day("2015-06-01"), day("2015-12-31")];
  assert.deepEqual(first, { label: "2015", day: day("2015-01-01"), range, first: range[0], last: range[1] });
  assert.equal(second.last, day("2016-06-01"));
});

test("starts of months and years, and months later, in the view's calendar", () => {
  assert.equal(make("en").monthStart(day("2025-03-29")), day("2025-03-01"));
  assert.equal(make("fa").monthStart(day("2025-03-29")), day("2025-03-21"));
  assert.equal(make("fa").yearStart(day("2026-01-29")), day("2025-03-21"));
  assert.equal(make("en").addMonths(day("2024-01-31"), 1), day("2024-02-29"));
  assert.equal(make("fa").addMonths(day("2025-03-21"), 12), day("2026-03-21"));
  assert.deepEqual(
    make("en").monthEdges(day("2025-01-09"), day("2025-02-01")),
    ["2025-01-01", "2025-02-01", "2025-03-01"].map(day),
  );
});

test("names, terms, sides and countries", () => {
  assert.equal(make("ru").name("Panj"), "Пяндж");
  assert.equal(make("tg").name("Panj"), "Panj");
  assert.equal(make("en").term("type", "armed_clash"), "Armed clash");
  assert.equal(make("en").term("type", "gun_running"), "Gun running");
  assert.equal(make("en").term("type", null), "");
  assert.deepEqual([0, 1, 2, 3].map(make("en").side), [
    "Side not known",
    "Tajik side",
    "Afghan side",
    "Both sides",
  ]);
  assert.equal(make("en", { boundary: { left: "UZ", right: "XX" } }).side(1), "Uzbekistan side");
  assert.equal(make("en", { boundary: { left: "UZ", right: "XX" } }).side(2), "XX side");
  assert.equal(make("fa").isolate("x"), "\u2066x\u2069");
});

test("the shipped catalogues name all months of both calendars", () => {
  for (const lang of ["en", "ru", "tg", "fa"]) {
    const words = createWords({ catalogues: { [lang]: catalogue(lang), en: catalogue("en") }, lang });
    const months = new Set();
    for (let at = day("2025-01-01"); at < day("2026-01-01"); at += 15) months.add(words.day(at));
    assert.equal(words.missing.size, 0, `${lang}: ${[...words.missing].join(", ")}`);
    assert.equal(months.size, 25);
  }
});

test("a list of isolated parts has the direction of its first letter", () => {
  const words = make("fa");
  const list = `${words.isolate("زمینه")}، ${words.isolate("کم")}`;
  assert.equal(words.isolate(list)[0], "\u2067");
  assert.equal(words.isolate("Panj، زمینه")[0], "\u2066");
});
