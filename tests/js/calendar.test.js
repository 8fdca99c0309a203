import assert from "node:assert/strict";
import test from "node:test";
import { fixture, load } from "./helpers.js";

const { addMonths, calendars, gregorianDay, monthEdges, yearsBetween } = await load("words/calendar.js");
const { gregory, persian } = calendars;
const table = fixture("calendar");

test("solar dates from 1992 to 2027 are those of jdatetime", () => {
  for (const [day, year, month, date] of table.days) {
    assert.deepEqual(persian.parts(day), { year, month, day: date }, `day ${day}`);
    assert.equal(persian.monthStart(year, month) + date - 1, day);
  }
});

test("each solar year begins when jdatetime says", () => {
  for (const [year, day] of table.years) assert.equal(persian.yearStart(year), day, `${year}`);
});

test("Gregorian days are those of Date", () => {
  for (let day = -200000; day < 200000; day += 3331) {
    const { year, month, day: date } = gregory.parts(day);
    assert.equal(gregorianDay(year, month, date), day);
    assert.equal(
      new Date(day * 864e5).toISOString().slice(-19, -14),
      `${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`,
    );
  }
  assert.equal(gregorianDay(1970, 1, 1), 0);
  assert.equal(gregorianDay(99, 3, 1), Date.parse("0099-03-01") / 864e5);
});

for (const calendar of [gregory, persian]) {
  test(`${calendar.name}: every day is one day after the day before`, () => {
    let before = calendar.parts(8034);
    for (let day = 8035; day < 21184; day += 1) {
      const now = calendar.parts(day);
      const next = now.day === before.day + 1 && now.month === before.month && now.year === before.year;
      const newMonth =
        now.day === 1 &&
        before.day >= 28 &&
        (now.month === before.month + 1
          ? now.year === before.year
          : now.month === 1 && now.year === before.year + 1);
      assert.ok(next || newMonth, `day ${day}: ${JSON.stringify([before, now])}`);
      before = now;
    }
  });

  test(`${calendar.name}: years cover a period without gap or overlap`, () => {
    const years = yearsBetween(calendar, 8100, 20560);
    assert.equal(years[0].range[0], 8100);
    assert.equal(years[years.length - 1].range[1], 20560);
    years.slice(1).forEach(({ range }, i) => assert.equal(range[0], years[i].range[1] + 1));
    years.slice(1).forEach(({ year, range }) => assert.equal(range[0], calendar.yearStart(year)));
  });

  test(`${calendar.name}: months cover a period, each edge is the first of one`, () => {
    const edges = monthEdges(calendar, 8100, 20560);
    assert.ok(edges[0] <= 8100 && edges[1] > 8100);
    assert.ok(edges[edges.length - 1] > 20560 && edges[edges.length - 2] <= 20560);
    for (const edge of edges) assert.equal(calendar.parts(edge).day, 1);
    edges.slice(1).forEach((edge, i) => assert.ok(edge - edges[i] >= 28 && edge - edges[i] <= 31));
  });

  test(`${calendar.name}: months later, the same day or the last one`, () => {
    for (let day = 10000; day < 10800; day += 7) {
      const from = calendar.parts(day);
      for (const n of [-25, -12, -1, 0, 1, 5, 12, 13]) {
        const to = calendar.parts(addMonths(calendar, day, n));
        assert.equal((to.year - from.year) * 12 + to.month - from.month, n, `${day} ${n}`);
        assert.ok(to.day === from.day || (to.day < from.day && to.day >= 28));
      }
    }
  });
}

test("a single day", () => {
  assert.deepEqual(yearsBetween(gregory, 18262, 18262), [{ year: 2020, range: [18262, 18262] }]);
  assert.deepEqual(monthEdges(gregory, 18262, 18262), [18262, 18293]);
});
