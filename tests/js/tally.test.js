import assert from "node:assert/strict";
import test from "node:test";
import { MISSING, closeTo, fixture, load, makeColumns, makeHead, noFilters, randomness } from "./helpers.js";

const { createModel } = await load("stats/model.js");
const { countYears } = await load("stats/years.js");
const { findKinds } = await load("stats/kinds.js");
const { prepare } = await load("stats/tally.js");

const FILTERS = {
  types: "type",
  sides: "side",
  precisions: "precision",
  confidences: "confidence",
  scopes: "scope",
};
const given = fixture("tally");
const modelOf = (head, columns) => createModel(head, columns, () => []);

const stateOf = (choice) => {
  const state = { ...noFilters(), range: choice.range };
  for (const [filter, column] of Object.entries(FILTERS))
    state.off[filter] = new Set(choice.off[column] || []);
  return state;
};

test("what pandas and scipy make of several filters", () => {
  const columns = makeColumns(given.columns, given.profiles);
  const model = modelOf(makeHead(given.segments, columns.n, given.period), columns);
  for (const { result: wanted, ...choice } of given.cases) {
    const what = JSON.stringify(choice);
    const found = model.update(stateOf(choice));
    const [first, last] = choice.range || given.period;
    const per = (((last - first + 1) / 365.25) * 10) / 100;
    assert.deepEqual([...found.visible], wanted.visible, what);
    assert.equal(
      found.count,
      wanted.visible.reduce((a, b) => a + b),
      what,
    );
    const share = found.share || Float32Array.from(found.visible);
    wanted.share.forEach((s, i) => assert.ok(Math.abs(share[i] - s) < 1e-7, `${what} share ${i}`));
    assert.deepEqual([...found.known], wanted.known, what);
    assert.deepEqual([...found.stretchCounts], wanted.stretches, what);
    wanted.expected.forEach((e, s) => {
      assert.ok(Math.abs(found.expected[s] - e) < 1e-9, `${what} expected ${s}`);
      assert.ok(Math.abs(found.rate[s] - e / per) < 1e-8 * (1 + e / per), `${what} rate ${s}`);
      closeTo(found.lo[s], wanted.lo[s] / per, 1e-8, `${what} lower ${s}`);
      closeTo(found.hi[s], wanted.hi[s] / per, 1e-8, `${what} upper ${s}`);
    });
    closeTo(found.exposureYears, (last - first + 1) / 365.25, 1e-12, what);
    assert.deepEqual([...model.counts(stateOf(choice), "types")], wanted.by_type, what);
  }
});

const madeUp = (random) => {
  const segments = 1 + random.whole(12);
  const n = random.whole(120);
  const profiles = Array.from({ length: random.whole(8) }, () => {
    const size = 1 + random.whole(Math.min(4, segments));
    const first = random.whole(segments - size + 1);
    return Array.from({ length: size }, (_, k) => [first + k, Math.floor(65535 / size) - random.whole(40)]);
  });
  const rows = Array.from({ length: n }, () => {
    const dated = random.next() > 0.15;
    return {
      day: dated ? random.whole(300) : MISSING,
      span: dated ? random.pick([0, 0, 0, 6, 30, 200]) : 0,
      type: random.whole(5),
      side: random.whole(4),
      precision: random.whole(3),
      confidence: random.whole(4),
      scope: random.whole(2),
      counted: random.whole(2),
      known: random.whole(segments + 1),
      place: random.whole(profiles.length + 1),
      stretch: random.whole(4),
    };
  }).sort((a, b) => a.day - b.day);
  const lists = { day: [] };
  for (const name of Object.keys(rows[0] || {})) lists[name] = rows.map((row) => row[name]);
  return { rows, profiles, segments, columns: makeColumns(lists, profiles) };
};

/** Every incident and every segment, one by one. */
const slowly = ({ rows, profiles, segments }, state, period) => {
  const whole = state.range === null || (state.range[0] <= period[0] && state.range[1] >= period[1]);
  const [first, last] = whole ? period : state.range;
  const shares = rows.map(({ day, span }) => {
    if (day === MISSING) return whole ? 1 : 0;
    let inside = 0;
    for (let d = day; d <= day + span; d += 1)
      if (d >= first && d <= last && d >= period[0] && d <= period[1]) inside += 1;
    return inside / (span + 1);
  });
  const shown = rows.map(
    (row, i) =>
      (shares[i] > 0 || whole) &&
      (!state.found || state.found[i] === 1) &&
      Object.entries(FILTERS).every(([filter, column]) => !state.off[filter].has(row[column])),
  );
  const expected = new Array(segments).fill(0);
  const known = new Array(segments).fill(0);
  rows.forEach((row, i) => {
    if (!shown[i] || !row.counted) return;
    if (row.place) for (const [s, w] of profiles[row.place - 1]) expected[s] += (shares[i] * w) / 65535;
    if (row.known && shares[i] === 1) known[row.known - 1] += 1;
  });
  return { shown, shares, expected, known };
};

test("the tally is that of a plain double loop, for random data and filters", () => {
  const random = randomness(20);
  const period = [20, 260];
  for (let turn = 0; turn < 400; turn += 1) {
    const made = madeUp(random);
    const head = makeHead(made.segments, made.rows.length, period);
    const model = modelOf(head, made.columns);
    const state = noFilters();
    if (random.next() > 0.3) {
      const first = random.whole(280) - 10;
      state.range = [first, first + random.pick([0, 1, 20, 100, 400])];
    }
    if (random.next() > 0.5) state.found = Uint8Array.from(made.rows, () => random.whole(2));
    for (const filter of Object.keys(FILTERS))
      if (random.next() > 0.6) state.off[filter].add(random.whole(3));
    const wanted = slowly(made, state, period);
    const found = model.update(state);
    assert.deepEqual([...found.visible], wanted.shown.map(Number), `turn ${turn}`);
    assert.equal(found.count, wanted.shown.filter(Boolean).length);
    assert.deepEqual([...found.known], wanted.known, `turn ${turn}`);
    wanted.expected.forEach((e, s) =>
      assert.ok(Math.abs(found.expected[s] - e) < 1e-9, `turn ${turn}, ${s}`),
    );
    const share = found.share || found.visible;
    wanted.shares.forEach((s, i) => {
      assert.ok(Math.abs(share[i] - (wanted.shown[i] ? s : 0)) < 1e-6, `turn ${turn}, share ${i}`);
    });
    for (const [filter, column] of Object.entries(FILTERS)) {
      const others = { ...state, off: { ...state.off, [filter]: new Set() } };
      const { shown } = slowly(made, others, period);
      const counts = model.counts(state, filter);
      counts.forEach((count, value) => {
        const wantedCount = made.rows.filter((row, i) => shown[i] && row[column] === value).length;
        assert.equal(count, wantedCount, `turn ${turn}: ${filter} ${value}`);
      });
    }
  }
});

test("counts follow the state they are asked for, not the last update", () => {
  const columns = makeColumns(given.columns, given.profiles);
  const model = modelOf(makeHead(given.segments, columns.n, given.period), columns);
  model.update(stateOf({ range: [9500, 9600], off: {} }));
  const all = model.counts(noFilters(), "types").reduce((a, b) => a + b);
  assert.equal(all, columns.n);
  const inRange = (range) => model.counts({ ...noFilters(), range }, "types").reduce((a, b) => a + b);
  const count = (range) => model.update({ ...noFilters(), range }).count;
  const [short, long] = [count([9500, 9600]), count([9500, 9900])];
  assert.ok(short < long);
  assert.equal(inRange([9500, 9600]), short);
  assert.equal(inRange([9500, 9900]), long);
});

test("sums of rounded weights are made those of unrounded ones that the page has", () => {
  const columns = makeColumns(given.columns, given.profiles);
  const plain = modelOf(makeHead(given.segments, columns.n, given.period), columns).update(noFilters());
  const head = makeHead(given.segments, columns.n, given.period);
  head.segments.expected = [...plain.expected].map((e) => e * 1.002);
  head.segments.expected[3] = plain.expected[3] + 50; // no rounding: not the same incidents
  const model = modelOf(head, columns);
  const found = model.update(noFilters());
  closeTo(found.expected[0], head.segments.expected[0], 1e-12, "corrected");
  closeTo(found.expected[3], plain.expected[3], 1e-12, "left alone");
  assert.equal(found.filtered, false);
  const range = [9500, 9900];
  const part = modelOf(makeHead(given.segments, columns.n, given.period), columns).update({
    ...noFilters(),
    range,
  });
  closeTo(model.update({ ...noFilters(), range }).expected[1], part.expected[1] * 1.002, 1e-12, "in part");
});

test("a filter that keeps out nothing leaves every segment in its class", () => {
  const columns = makeColumns(given.columns, given.profiles);
  const head = makeHead(given.segments, columns.n, given.period);
  const plain = modelOf(head, columns).update(noFilters());
  const exact = [...plain.expected].map((e, s) => e * (1 + 1e-4 * Math.sin(s)));
  const rates = exact.map((e, s) => e / (head.segments.exposure[s] / 100));
  const sixDigits = (list) => list.map((x) => Number(x.toPrecision(6)));
  Object.assign(head.segments, { expected: sixDigits(exact), value: sixDigits(rates) });
  head.rates.breaks = [...rates].sort((a, b) => a - b); // each rate is the edge of its own class
  const model = modelOf(head, columns);
  const everything = { ...noFilters(), found: new Uint8Array(columns.n).fill(1) };
  assert.deepEqual(model.update(everything).classOf, model.update(noFilters()).classOf);
  assert.equal(new Set(model.update(noFilters()).classOf).size, given.segments);
});

test("rates of known incidents have Garwood's limits", () => {
  const columns = makeColumns({ day: [5, 6, 7], known: [1, 1, 2], counted: [1, 1, 1] }, []);
  const head = makeHead(2, 3, [0, 3652]);
  head.rates.follows = "known";
  const { rate, lo, hi } = modelOf(head, columns).update(noFilters());
  const per = ((3653 / 365.25) * 10) / 100;
  closeTo(rate[0], 2 / per, 1e-12);
  closeTo(lo[0], 0.2422092784 / per, 1e-8); // chi-square tables: 2 incidents, 95 %
  closeTo(hi[0], 7.2246876707 / per, 1e-8);
});

test("rates of a table stay as given; years have none", () => {
  const columns = makeColumns({ day: [5, 6, 7], place: [1, 1, 1], counted: [1, 1, 1] }, [[[0, 65535]]]);
  const head = makeHead(3, 3, [0, 99]);
  head.rates.follows = null;
  Object.assign(head.segments, { value: [0, "inf", null], lo: [0, 1, null], hi: [1, "inf", null] });
  const model = modelOf(head, columns);
  const found = model.update({ ...noFilters(), range: [6, 8] });
  assert.deepEqual([...found.rate], [0, Infinity, NaN]);
  assert.deepEqual([...found.hi], [1, Infinity, NaN]);
  assert.deepEqual([...found.classOf], [0, 4, 5]);
  assert.equal(found.expected[0], 2);
  assert.equal(model.years(noFilters()), null);
});

test("a range outside the period has no rates, and shows nothing", () => {
  const columns = makeColumns({ day: [5], place: [1], counted: [1] }, [[[0, 65535]]]);
  const found = modelOf(makeHead(1, 1, [0, 99]), columns).update({ ...noFilters(), range: [200, 300] });
  assert.equal(found.count, 0);
  assert.ok(Number.isNaN(found.rate[0]));
  assert.equal(found.exposureYears, 0);
});

test("no incidents at all", () => {
  const columns = makeColumns({ day: [] }, []);
  const found = modelOf(makeHead(2, 0, [0, 99]), columns).update(noFilters());
  assert.equal(found.count, 0);
  assert.deepEqual([...found.rate], [0, 0]);
  assert.equal(found.share, null);
});

test("incidents of years, against pandas", () => {
  const columns = makeColumns(given.columns, given.profiles);
  const kinds = findKinds(columns);
  const pass = Uint8Array.from(kinds.counted, (counted) => 1 + counted);
  const options = { pass, found: null, follows: "expected", segments: given.segments };
  const found = countYears(prepare(columns, kinds), options, given.years);
  given.by_year.flat().forEach((e, i) => assert.ok(Math.abs(found[i] - e) < 1e-9, `cell ${i}`));
});

test("incidents of years, like the tally of each year as a range", () => {
  const random = randomness(31);
  for (let turn = 0; turn < 100; turn += 1) {
    const made = madeUp(random);
    const kinds = findKinds(made.columns);
    const pass = Uint8Array.from(kinds.counted, (counted) => 1 + counted);
    const found = random.next() < 0.5 ? null : Uint8Array.from(made.rows, () => random.whole(2));
    const starts = [random.whole(100)];
    for (let i = 0; i < 6; i += 1) starts.push(starts[i] + 1 + random.whole(60));
    const years = starts.slice(1).map((next, i) => [starts[i], next - 1]);
    const data = prepare(made.columns, kinds);
    for (const follows of ["expected", "known"]) {
      const counts = countYears(data, { pass, found, follows, segments: made.segments }, years);
      years.forEach((range, y) => {
        const wanted = slowly(made, { ...noFilters(), found, range }, [-1000, 1000])[follows];
        wanted.forEach((sum, s) => {
          assert.ok(
            Math.abs(counts[y * made.segments + s] - sum) < 1e-9,
            `turn ${turn}: ${follows} ${y} ${s}`,
          );
        });
      });
    }
  }
});

test("rates of years divide by the part of the year that was observed; undated incidents are in none", () => {
  const columns = makeColumns({ day: [MISSING, 90, 100], place: [1, 1, 1], counted: [1, 1, 1] }, [
    [[0, 65535]],
  ]);
  const head = makeHead(1, 3, [90, 500]);
  const list = [
    { label: "a", range: [90, 99] },
    { label: "b", range: [100, 464] },
    { label: "c", range: [465, 500] },
  ];
  const model = createModel(head, columns, () => list);
  const { rate, years, classOf } = model.years(noFilters());
  closeTo(rate[0], 1 / ((10 / 365.25) * 0.1), 1e-12);
  closeTo(rate[1], 1 / ((365 / 365.25) * 0.1), 1e-12);
  assert.equal(rate[2], 0);
  assert.deepEqual([...classOf], [4, 3, 0]);
  assert.equal(years, list);
  const state = noFilters();
  assert.equal(
    model.years(state),
    model.years({ ...state, range: [0, 1] }),
    "kept while filters are the same",
  );
});

test("kinds with more combinations than a plain list holds", () => {
  const lists = {
    day: [1, 2, 3],
    type: [60000, 3, 60000],
    scope: [200, 1, 200],
    side: [3, 2, 3],
    precision: [90, 1, 90],
  };
  const kinds = findKinds(makeColumns(lists, []));
  assert.equal(kinds.count, 2);
  assert.deepEqual([...kinds.code], [0, 1, 0]);
  assert.deepEqual([...kinds.values.types], [60000, 3]);
  assert.deepEqual([...kinds.values.scopes], [200, 1]);
  assert.deepEqual([...kinds.values.sides], [3, 2]);
});
