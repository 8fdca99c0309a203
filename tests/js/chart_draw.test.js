// What the diagrams draw, on paper that remembers.
import assert from "node:assert/strict";
import test from "node:test";
import { paper, resultFor, sceneFor } from "./chart_paper.js";
import { load } from "./helpers.js";

const { drawProfile, layProfile } = await load("chart/profile.js");
const { drawYears, layYears, rowAt, yearsNamed } = await load("chart/years.js");
const { drawHistogram, dayScale, everyTick } = await load("chart/histogram.js");
const { layHead } = await load("chart/head.js");
const { THEME } = await load("chart/theme.js");

const S = 20;
const [WIDTH, HEIGHT] = [800, 260];
const HEAD = { left: 10, right: 790, height: 20 };
const density = { km: [0, 100, 200], value: [1, 4, 2] };
const profile = (scene, result, more = {}) => {
  const sheet = paper();
  const top = drawProfile(sheet.ctx, WIDTH, HEIGHT, scene, {
    result,
    density,
    head: HEAD,
    held: {},
    ...more,
  });
  return { ...sheet, top };
};
const barsOf = (sheet, colours) => sheet.rects.filter((rect) => colours.includes(rect.colour));

test("every segment above zero has a bar in the colour of its class, as high as its rate", () => {
  const scene = sceneFor(S);
  const result = resultFor(S);
  const sheet = profile(scene, result);
  const bars = barsOf(sheet, ["#one", "#two"]);
  assert.equal(bars.length, S - 1);
  const { frame } = layProfile(scene, WIDTH, HEIGHT, HEAD.height);
  const tall = frame.plot.bottom - frame.plot.top;
  bars.forEach((bar, k) => {
    const i = k + 1;
    assert.ok(Math.abs(bar.height - (i / sheet.top) * tall) < 1e-6);
    assert.equal(bar.colour, i > 5 ? "#two" : "#one");
    if (k) assert.ok(bar.x > bars[k - 1].x, "west to east");
  });
});

test("a line told from the east has its first segment on the right", () => {
  const sheet = profile(sceneFor(S, { flip: true }), resultFor(S));
  const bars = barsOf(sheet, ["#one", "#two"]);
  assert.ok(bars[0].x > bars[bars.length - 1].x);
});

test("infinite and missing rates are shown as such and break no scale", () => {
  const odd = resultFor(S, (i) => [Infinity, NaN][i] ?? i);
  const sheet = profile(sceneFor(S), odd);
  assert.deepEqual(sheet.faults, []);
  assert.equal(
    sheet.top,
    profile(
      sceneFor(S),
      resultFor(S, (i) => (i < 2 ? 0 : i)),
    ).top,
  );
  assert.ok(sheet.texts.some(({ text }) => text === "∞"));
  const { frame } = layProfile(sceneFor(S), WIDTH, HEIGHT, HEAD.height);
  const [infinite] = barsOf(sheet, ["#two"]);
  assert.ok(Math.abs(infinite.y - frame.plot.top) < 1e-6, "to the top");
  const missing = sheet.rects.filter((rect) => rect.colour === THEME.missing);
  assert.ok(missing.length > 0 && missing.every((rect) => rect.height <= 5));
});

test("a table without rates, a page without segments, and one segment draw without a fault", () => {
  const none = {
    rate: new Float64Array(S).fill(NaN),
    lo: null,
    hi: null,
    classOf: new Uint8Array(S).fill(3),
  };
  assert.deepEqual(profile(sceneFor(S), none, { density: null }).faults, []);
  assert.deepEqual(
    profile(sceneFor(0, { length: 0, districts: [[], []], marks: [] }), resultFor(0)).faults,
    [],
  );
  assert.deepEqual(
    profile(
      sceneFor(1),
      resultFor(1, () => 2),
    ).faults,
    [],
  );
});

test("where the interval goes beyond the sheet, the head says so", () => {
  const wide = resultFor(S);
  wide.hi.fill(1000);
  assert.ok(profile(sceneFor(S), wide).texts.some(({ text }) => text === "Interval, cut"));
  const narrow = resultFor(S);
  narrow.hi = narrow.rate.map((value) => value * 1.1);
  assert.ok(profile(sceneFor(S), narrow).texts.some(({ text }) => text === "Interval"));
});

test("where no segment has an interval, the head does not speak of one", () => {
  const bare = resultFor(S);
  bare.lo.fill(NaN);
  bare.hi.fill(NaN);
  assert.ok(!profile(sceneFor(S), bare).texts.some(({ text }) => text.startsWith("Interval")));
});

test("while time plays the axis does not shrink", () => {
  assert.ok(profile(sceneFor(S), resultFor(S), { top: 500 }).top >= 500);
});

test("ends, districts of both sides and names of marks are written; what is told stands upright", () => {
  const { texts } = profile(sceneFor(S), resultFor(S));
  const y = (wanted) => texts.find(({ text }) => text === wanted).y;
  for (const wanted of ["◀ West", "East ▶", "km", "Panj", "Mouth", "TJ", "AF"])
    assert.ok(y(wanted) > 0, wanted);
  assert.ok(y("Upper") < y("Lower"), "the left side lies above the right one");
  assert.equal(texts.find(({ text }) => text === "East ▶").align, "right");
});

test("the note that the diagram does not follow the filters is written", () => {
  const { texts } = profile(sceneFor(S, { frozen: "Does not follow" }), resultFor(S));
  assert.ok(texts.some(({ text }) => text === "Does not follow"));
});

test("in a right-to-left language the words turn, the border does not", () => {
  const left = profile(sceneFor(S), resultFor(S));
  const right = profile(sceneFor(S, { dir: "rtl" }), resultFor(S));
  const bars = (sheet) => barsOf(sheet, ["#one", "#two"]).map(({ x }) => x);
  assert.deepEqual(bars(right), bars(left));
  const title = right.texts.find(({ text }) => text === "Rate");
  assert.deepEqual([title.align, title.dir, title.x], ["right", "rtl", HEAD.right]);
});

const yearsFor = (count, classAt) => ({
  years: Array.from({ length: count }, (_, y) => ({
    label: String(2000 + y),
    first: 365 * y,
    last: 365 * y + 364,
  })),
  classOf: Uint8Array.from({ length: count * S }, (_, k) => classAt(Math.floor(k / S), k % S)),
  rate: new Float64Array(count * S),
});

test("zero cells stay white, the others have the colours of the classes, one row a year", () => {
  const sheet = paper();
  const years = yearsFor(5, (y, i) => (y === 2 && i === 7 ? 2 : 0));
  drawYears(sheet.ctx, WIDTH, HEIGHT, sceneFor(S), { years, range: null, head: HEAD });
  assert.deepEqual(barsOf(sheet, ["#zero"]), []);
  const [cell, ...others] = barsOf(sheet, ["#two"]);
  assert.equal(others.length, 0);
  const laid = layYears(sceneFor(S), WIDTH, HEIGHT, HEAD.height, 5);
  assert.equal(rowAt(laid, cell.y + cell.height / 2, 5), 2);
  assert.ok(Math.abs(cell.x - laid.scale.x(70)) < 1e-6 && Math.abs(cell.width - 10 * laid.scale.per) < 1e-6);
});

test("years outside the range are pale, those it touches are not", () => {
  const sheet = paper();
  drawYears(sheet.ctx, WIDTH, HEIGHT, sceneFor(S), {
    years: yearsFor(6, () => 1),
    range: [400, 1100],
    head: HEAD,
  });
  const laid = layYears(sceneFor(S), WIDTH, HEIGHT, HEAD.height, 6);
  const pale = sheet.rects
    .filter((rect) => rect.colour === THEME.pale)
    .map((rect) => rowAt(laid, rect.y + rect.height / 2, 6));
  assert.deepEqual(pale, [0, 4, 5]);
});

test("named years have room, and the last one is among them", () => {
  for (const [count, each] of [
    [35, 3.4],
    [35, 14],
    [1, 100],
    [200, 0.6],
    [2, 6],
  ]) {
    const named = yearsNamed(count, each, 13);
    named
      .slice(1)
      .forEach((row, i) => assert.ok((row - named[i]) * each >= 13 || count === 1, `${count} × ${each}`));
    assert.equal(named[named.length - 1], count - 1);
  }
});

test("the histogram draws the range in blue over the grey whole", () => {
  const sheet = paper();
  const edges = [0, 31, 59, 90];
  const whole = [0, 89];
  drawHistogram(sheet.ctx, 400, 80, {
    edges,
    counts: [4, 0, 2],
    ticks: [{ day: 0, label: "1970", year: 1970 }],
    whole,
    range: [31, 89],
    left: 10,
    right: 390,
    dir: "ltr",
  });
  assert.deepEqual(sheet.faults, []);
  const [within] = barsOf(sheet, [THEME.bar]);
  assert.equal(barsOf(sheet, [THEME.bar]).length, 1); // the bin of days 31 to 58 is empty
  const [outside] = barsOf(sheet, [THEME.barOutside]);
  assert.equal(barsOf(sheet, [THEME.barOutside]).length, 1);
  assert.equal(outside.height, 2 * within.height);
  const scale = dayScale(whole, { left: 10, right: 390 });
  assert.ok(Math.abs(within.x - scale.x(59)) < 1e-9);
});

test("a bin that the range cuts is blue only within it", () => {
  const sheet = paper();
  const whole = [0, 89];
  drawHistogram(sheet.ctx, 400, 80, {
    edges: [0, 31, 59, 90],
    counts: [4, 3, 2],
    ticks: [],
    whole,
    range: [40, 70],
    left: 10,
    right: 390,
    dir: "ltr",
  });
  const scale = dayScale(whole, { left: 10, right: 390 });
  const bars = barsOf(sheet, [THEME.bar]);
  assert.equal(barsOf(sheet, [THEME.barOutside]).length, 3);
  assert.equal(bars.length, 2);
  assert.ok(Math.abs(bars[0].x - scale.x(40)) < 1e-9);
  assert.ok(Math.abs(bars[1].x + bars[1].width - scale.x(71)) < 1e-9);
});

test("years on the time axis are thinned to round ones", () => {
  assert.deepEqual(
    [100, 40, 20, 9, 3].map((gap) => everyTick(gap, 45)),
    [1, 2, 5, 5, 20],
  );
});

test("the head takes as many lines as its words need", () => {
  const entries = [
    { kind: null, text: "aaaa" },
    { kind: "band", text: "bbbb" },
    { kind: "line", text: "cccc" },
  ];
  const measure = (text) => text.length * 10;
  assert.equal(layHead(entries, { left: 0, right: 400, measure }).length, 1);
  assert.equal(layHead(entries, { left: 0, right: 130, measure }).length, 2);
  assert.equal(layHead(entries, { left: 0, right: 70, measure }).length, 3);
  const [long] = [
    [
      { kind: "band", text: "aaaa bbbb cccc" },
      { kind: "line", text: "dd" },
    ],
  ];
  const lines = layHead(long, { left: 0, right: 80, measure });
  assert.deepEqual(
    lines.map((line) => line.map(({ entry }) => entry.text)),
    [["aaaa"], ["bbbb"], ["cccc"], ["dd"]],
  );
  assert.deepEqual(
    lines.map(([{ entry }]) => entry.kind),
    ["band", null, null, "line"],
    "one sample for a broken text",
  );
});
