// Scales, ticks and the placing of names.
import assert from "node:assert/strict";
import test from "node:test";
import { load, randomness } from "./helpers.js";

const { axisTop, direction, fitted, kmScale, niceStep, placeNames, segmentAt, segmentNear, ticksTo } =
  await load("chart/scale.js");
const { frameOf, stripsOf } = await load("chart/frame.js");

test("steps are 1, 2 or 5 times a power of ten, and not more of them than asked", () => {
  const random = randomness(3);
  for (let i = 0; i < 500; i += 1) {
    const span = 10 ** (random.next() * 12 - 6);
    const most = 1 + random.whole(12);
    const step = niceStep(span, most);
    const digit = Number(step.toExponential().split("e")[0]);
    assert.ok([1, 2, 5].includes(digit), `${step}`);
    assert.ok(span / step <= most * (1 + 1e-6), `${span} by ${step} in ${most}`);
    assert.ok(
      span / step > most / 2.6 || most === 1,
      `${step} is coarser than needed for ${span} in ${most}`,
    );
  }
});

test("a step is never zero, infinite or negative, whatever comes in", () => {
  for (const span of [0, -1, NaN, Infinity]) assert.equal(niceStep(span, 5), 1);
});

test("ticks are round numbers from zero on, without rounding noise", () => {
  assert.deepEqual(ticksTo(0.7, 7), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  assert.deepEqual(ticksTo(2.4, 3), [0, 1, 2]);
  assert.deepEqual(ticksTo(1344, 7), [0, 200, 400, 600, 800, 1000, 1200]);
});

test("infinite and missing rates do not move the upper end of the axis", () => {
  const plain = axisTop({ rate: [1, 2, 3], hi: [2, 3, 4], density: [1.5] });
  assert.equal(
    axisTop({ rate: [1, Infinity, 2, NaN, 3], hi: [2, Infinity, NaN, 3, 4], density: [1.5, NaN] }),
    plain,
  );
  assert.ok(plain >= 4 && plain < 4.5);
});

test("the axis always holds bars and line; a wide interval leaves the bars most of the height", () => {
  const top = axisTop({ rate: [2], hi: [400], density: [3] });
  assert.ok(top >= 3 && 3 / top > 0.6);
  assert.equal(axisTop({ rate: [0, 0], hi: null, density: [] }), 1);
  assert.ok(axisTop({ rate: [0], hi: [5] }) >= 5, "without bars the interval decides");
});

test("a line told from its eastern end is drawn with west on the left", () => {
  const east = [6800000, 3700000, 100000, 0];
  const west = [6900000, 3700000, -100000, 0];
  assert.deepEqual(direction(east), { flip: false, left: "west", right: "east" });
  assert.deepEqual(direction(west), { flip: true, left: "west", right: "east" });
  const scale = kmScale({ length: 100, left: 10, right: 210, flip: true });
  assert.equal(scale.x(0), 210);
  assert.equal(scale.x(100), 10);
  assert.equal(scale.km(scale.x(37)), 37);
});

test("the ends of a line are named by where they lie, told from either end", () => {
  const { left, right, flip } = direction([0, 0, 100, 100000]);
  assert.deepEqual(
    [left, right, flip],
    ["north", "south", true],
    "told from the south: its first end is on the right",
  );
  assert.equal(direction([0, 0, 100, -100000]).flip, false);
});

test("segments are half open, the last one closed, gaps are nobody's", () => {
  const [from, to] = [
    [0, 10, 30],
    [10, 20, 40],
  ];
  assert.deepEqual(
    [0, 9.9, 10, 20, 25, 30, 40, 41].map((km) => segmentAt(from, to, km)),
    [0, 0, 1, -1, -1, 2, 2, -1],
  );
  assert.equal(segmentNear(from, to, 22), 1);
  assert.equal(segmentNear(from, to, 29), 2);
  assert.equal(segmentNear(from, to, 99), 2);
  assert.equal(segmentNear([], [], 5), -1);
});

test("names never touch, the important ones come first, none leaves its mark", () => {
  const random = randomness(8);
  for (let round = 0; round < 100; round += 1) {
    const items = Array.from({ length: 30 }, () => ({
      x: random.whole(500),
      width: 20 + random.whole(120),
      rank: random.whole(4),
    }));
    const shown = placeNames(items, { left: 0, right: 500, gap: 6 });
    shown.forEach(({ index, left }, i) => {
      const { x, width } = items[index];
      assert.ok(left >= 0 && left + width <= 500);
      assert.ok(x >= left && x <= left + width, "the mark is under its name");
      if (i) {
        const before = shown[i - 1];
        assert.ok(left >= before.left + items[before.index].width + 6);
      }
    });
    const best = items.reduce((a, b, i) => (b.rank > items[a].rank ? i : a), 0);
    assert.ok(shown.some(({ index }) => index === best));
  }
});

test("a name is cut by whole letters, also letters outside the basic plane, or left out", () => {
  const measure = (text) => Array.from(text).length * 10;
  assert.equal(fitted("Darvoz", 60, measure), "Darvoz");
  assert.equal(fitted("Shamsiddin", 60, measure), "Shams…");
  assert.equal(fitted("Darvoz", 25, measure), "");
  assert.equal(fitted("🙂🙂🙂🙂🙂🙂", 50, measure), "🙂🙂🙂🙂…");
});

test("rows of a sheet lie below each other within it, from a phone to paper", () => {
  for (const [width, height] of [
    [320, 180],
    [390, 240],
    [1060, 216],
    [1040, 290],
    [2000, 500],
  ]) {
    const frame = frameOf(width, height, { head: 34 });
    const rows = [frame.marks, frame.ticks, frame.names, frame.strips, frame.ends];
    let y = frame.plot.bottom;
    for (const row of rows) {
      assert.equal(row.top, y);
      y += row.height;
    }
    assert.ok(y <= height, `${width} × ${height}: ${y}`);
    assert.ok(frame.plot.bottom - frame.plot.top >= 24);
    if (!frame.strips.height) continue;
    const [upper, lower] = stripsOf(frame.strips);
    assert.ok(upper.top + upper.height <= lower.top);
    assert.ok(lower.top + lower.height <= frame.ends.top);
  }
});

test("what is not there takes no room", () => {
  const full = frameOf(800, 260, { head: 20 });
  const bare = frameOf(800, 260, { head: 20, hasMarks: false, hasStrips: false });
  assert.equal(bare.names.height + bare.strips.height, 0);
  assert.ok(bare.plot.bottom - bare.plot.top > full.plot.bottom - full.plot.top + 40);
});
