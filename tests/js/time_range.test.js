// The range of time: ends, months, windows, in both calendars.
import assert from "node:assert/strict";
import test from "node:test";
import { load, MISSING, randomness } from "./helpers.js";

const { calendarOf, gregorianDay, addMonths } = await load("words/calendar.js");
const range = await load("chart/range.js");
const { undatedCount, wholePeriod } = await load("chart/period.js");
const { createPlayer, paceOf } = await load("chart/play.js");

const calendarIn = (lang) => {
  const calendar = calendarOf(lang);
  return {
    monthStart: (day) => day + 1 - calendar.parts(day).day,
    yearStart: (day) => calendar.yearStart(calendar.parts(day).year),
    addMonths: (day, n) => addMonths(calendar, day, n),
  };
};
const CALENDARS = [
  ["en", calendarIn("en")],
  ["fa", calendarIn("fa")],
];
const calendar = CALENDARS[0][1];
const day = (text) => gregorianDay(...text.split("-").map(Number));
const iso = (number) => new Date(number * 86400000).toISOString().slice(0, 10);
const whole = [day("1992-01-01"), day("2026-04-17")];
const between = (a, b) => [day(a), day(b)];
const said = (found) => (found === null ? null : found.map(iso));

test("the whole period is kept as no range, a part of it as days", () => {
  assert.equal(range.stored(whole, whole), null);
  assert.deepEqual(range.stored([whole[0], whole[1] - 1], whole), [whole[0], whole[1] - 1]);
  assert.deepEqual(range.inForce(null, whole), whole);
  assert.deepEqual(range.inForce([0, 1e9], whole), whole);
});

test("ends do not cross and do not leave the period", () => {
  const now = between("2000-01-01", "2001-01-01");
  assert.deepEqual(range.withEnd(now, "first", day("2005-01-01"), whole), [now[1], now[1]]);
  assert.deepEqual(range.withEnd(now, "last", day("1999-01-01"), whole), [now[0], now[0]]);
  assert.deepEqual(range.withEnd(now, "first", 0, whole), [whole[0], now[1]]);
});

const byKey = (key, end, now) => said(range.endByKey(key, end, now, { calendar, whole }));

test("arrows move an end by a month, page keys by a year, Home and End as far as it goes", () => {
  const now = between("2000-01-01", "2010-12-31");
  assert.equal(byKey("ArrowRight", "first", now)[0], "2000-02-01");
  assert.equal(byKey("ArrowLeft", "first", now)[0], "1999-12-01");
  assert.equal(byKey("PageUp", "first", now)[0], "2001-01-01");
  assert.equal(byKey("ArrowLeft", "last", now)[1], "2010-11-30");
  assert.equal(byKey("ArrowRight", "last", now)[1], "2011-01-31");
  assert.equal(byKey("PageDown", "last", now)[1], "2009-12-31");
  assert.equal(byKey("Home", "first", now)[0], "1992-01-01");
  assert.equal(byKey("End", "first", now)[0], "2010-12-31", "no further than the other end");
  assert.equal(byKey("End", "last", now)[1], "2026-04-17");
  assert.equal(byKey("a", "last", now), null);
});

test("an end within a month goes to the edges of that month first", () => {
  const now = between("2000-01-15", "2010-12-10");
  assert.equal(byKey("ArrowLeft", "first", now)[0], "2000-01-01");
  assert.equal(byKey("ArrowRight", "first", now)[0], "2000-02-01");
  assert.equal(byKey("ArrowLeft", "last", now)[1], "2010-11-30");
  assert.equal(byKey("ArrowLeft", "last", whole)[1], "2026-03-31");
});

test("arrow there and back comes home, in both calendars", () => {
  for (const [lang, months] of CALENDARS) {
    const start = months.monthStart(day("2003-09-10"));
    const now = [start, months.addMonths(start, 30) - 1];
    for (const end of ["first", "last"]) {
      const there = range.endByKey("ArrowRight", end, now, { calendar: months, whole });
      const back = range.endByKey("ArrowLeft", end, there, { calendar: months, whole });
      assert.notDeepEqual(there, now);
      assert.deepEqual(back, now, `${lang} ${end}`);
    }
  }
});

test("a dragged end stops at months and at the ends of the period", () => {
  assert.equal(iso(range.snapped("first", day("2001-03-20"), calendar, whole)), "2001-04-01");
  assert.equal(iso(range.snapped("first", day("2001-03-10"), calendar, whole)), "2001-03-01");
  assert.equal(iso(range.snapped("last", day("2001-03-10"), calendar, whole)), "2001-02-28");
  assert.equal(iso(range.snapped("last", day("2026-04-12"), calendar, whole)), "2026-04-17");
});

test("months of a range are counted, or it is known to have none", () => {
  const months = (a, b) => range.monthsIn(between(a, b), calendar, whole);
  assert.equal(months("2000-01-01", "2000-01-31"), 1);
  assert.equal(months("2000-02-01", "2003-01-31"), 36);
  assert.equal(months("2000-02-02", "2003-01-31"), null);
  assert.equal(months("2000-02-01", "2003-01-30"), null);
  assert.equal(range.monthsIn(whole, calendar, whole), 412, "the period's own ends count as edges");
});

test("moving a range keeps its length in months, and it never leaves the period", () => {
  const random = randomness(5);
  for (const [, months] of CALENDARS) {
    for (let i = 0; i < 200; i += 1) {
      const start = months.monthStart(whole[0] + 40 + random.whole(8000));
      const length = 1 + random.whole(60);
      const now = [start, months.addMonths(start, length) - 1];
      const next = range.shifted(now, random.whole(20000) - 10000, { calendar: months, whole });
      assert.ok(next[0] >= whole[0] && next[1] <= whole[1]);
      assert.equal(range.monthsIn(next, months, whole), length);
    }
  }
});

test("without months a range keeps its days", () => {
  const now = between("2000-01-15", "2000-03-20");
  const next = range.shifted(now, 400, { calendar, whole });
  assert.equal(next[1] - next[0], now[1] - now[0]);
  assert.equal(next[0], now[0] + 400);
  const end = range.shifted(now, 1e6, { calendar, whole, snap: false });
  assert.deepEqual(end, [whole[1] - (now[1] - now[0]), whole[1]]);
});

test("bins cover the period without gaps, begin with months, and are wide enough to see", () => {
  for (const [, months] of CALENDARS) {
    for (const width of [300, 360, 700, 1100, 3000]) {
      const unit = range.unitFor(whole, width);
      const edges = range.binEdges(whole, unit, months);
      assert.ok(edges[0] <= whole[0] && edges[1] > whole[0]);
      assert.ok(edges[edges.length - 1] > whole[1] && edges[edges.length - 2] <= whole[1]);
      edges.forEach((edge, i) => {
        assert.equal(months.monthStart(edge), edge);
        if (i > 1) assert.equal(months.addMonths(edges[i - 1], unit), edge);
      });
      assert.ok(width / (edges.length - 1) > 2 || unit === 12);
    }
  }
});

test("a period of one day has one bin", () => {
  const one = [whole[0] + 5, whole[0] + 5];
  assert.equal(range.binEdges(one, 1, calendar).length, 2);
  assert.equal(range.binEdges(one, 12, calendar).length, 2);
});

test("a window moves by months to the end of the period and stops there, its length kept", () => {
  for (const [, months] of CALENDARS) {
    let now = range.windowFrom(whole[0], 36, { calendar: months, whole });
    let steps = 0;
    for (let next = now; next; next = range.playedOn(now, 1, { calendar: months, whole, months: 36 })) {
      now = next;
      steps += 1;
      assert.equal(range.monthsIn(now, months, whole), 36);
      assert.ok(steps < 500);
    }
    assert.equal(now[1], whole[1]);
    assert.ok(steps > 300);
  }
});

test("the period comes from the rates, else from the incidents, else there is none", () => {
  const columns = { n: 3, day: Int32Array.of(MISSING, 50, 90), span: Uint16Array.of(0, 5, 30) };
  assert.deepEqual(wholePeriod({ data: { rates: { first_day: 10, last_day: 20 } }, columns }), [10, 20]);
  assert.deepEqual(wholePeriod({ data: { rates: null }, columns }), [50, 120]);
  assert.equal(
    wholePeriod({ data: {}, columns: { n: 1, day: Int32Array.of(MISSING), span: Uint16Array.of(0) } }),
    null,
  );
});

test("undated incidents are counted under all filters but time", () => {
  const columns = {
    n: 4,
    day: Int32Array.of(MISSING, MISSING, MISSING, 5),
    type: Uint16Array.of(0, 1, 1, 1),
    side: new Uint8Array(4),
    precision: new Uint8Array(4),
    confidence: new Uint8Array(4),
    scope: new Uint8Array(4),
  };
  const none = new Set();
  const off = { types: none, sides: none, precisions: none, confidences: none, scopes: none };
  assert.equal(undatedCount({ columns }, { off, found: null }), 3);
  assert.equal(undatedCount({ columns }, { off: { ...off, types: new Set([1]) }, found: null }), 1);
  assert.equal(undatedCount({ columns }, { off, found: Uint8Array.of(0, 1, 0, 1) }), 1);
});

/** A clock that stands until it is told to go on. */
const handClock = () => {
  let [time, asked, id] = [0, null, 0];
  return {
    ask: (fn) => {
      asked = fn;
      id += 1;
      return id;
    },
    drop: () => {
      asked = null;
    },
    time: () => time,
    go: (ms) => {
      time += ms;
      const fn = asked;
      asked = null;
      if (fn) fn();
    },
    waiting: () => asked !== null,
  };
};
const playerWith = (clock, { still = false, months = 12 } = {}) => {
  const seen = { now: range.windowFrom(whole[0], months, { calendar, whole }), shown: 0, ended: 0 };
  const player = createPlayer({
    now: () => ({ range: seen.now, whole, months, calendar }),
    show: (next) => {
      seen.now = next;
      seen.shown += 1;
    },
    end: () => {
      seen.ended += 1;
      player.stop();
    },
    still: () => still,
    clock,
  });
  return { player, seen };
};

test("playing moves month by month, makes up for slow frames, and ends once", () => {
  const clock = handClock();
  const { player, seen } = playerWith(clock);
  player.start();
  clock.go(10);
  assert.equal(seen.shown, 0, "too early");
  clock.go(80);
  assert.deepEqual(said(seen.now), ["1992-02-01", "1993-01-31"]);
  clock.go(240);
  assert.deepEqual(said(seen.now)[0], "1992-05-01");
  clock.go(3_600_000);
  assert.deepEqual(said(seen.now)[0], "1992-11-01", "a page that slept does not leap");
  for (let i = 0; i < 1000 && player.running(); i += 1) clock.go(200);
  assert.equal(seen.ended, 1);
  assert.equal(seen.now[1], whole[1]);
  assert.ok(!clock.waiting());
});

test("a stopped player asks for no more frames", () => {
  const clock = handClock();
  const { player, seen } = playerWith(clock);
  player.start();
  player.stop();
  clock.go(1000);
  assert.equal(seen.shown, 0);
  assert.ok(!player.running());
});

test("who hears of a step may stop the player", () => {
  const clock = handClock();
  let shown = 0;
  const player = createPlayer({
    now: () => ({ range: range.windowFrom(whole[0], 12, { calendar, whole }), whole, months: 12, calendar }),
    show: () => {
      shown += 1;
      player.stop();
    },
    end: () => assert.fail("not at the end"),
    still: () => false,
    clock,
  });
  player.start();
  for (let i = 0; i < 5; i += 1) clock.go(200);
  assert.equal(shown, 1);
  assert.ok(!clock.waiting());
});

test("with less motion it goes in few, wide steps", () => {
  assert.ok(paceOf(36, true).wait >= 1000 && paceOf(36, true).steps === 12);
  assert.equal(paceOf(3, true).steps, 3, "no step beyond the window");
  const clock = handClock();
  const { player, seen } = playerWith(clock, { still: true });
  player.start();
  clock.go(500);
  assert.equal(seen.shown, 0);
  clock.go(1200);
  assert.equal(said(seen.now)[0], "1993-01-01");
});
