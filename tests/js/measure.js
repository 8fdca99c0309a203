// How long the page's numbers take: node tests/js/measure.js
import { load, makeColumns, makeHead, noFilters, randomness } from "./helpers.js";

const { createModel } = await load("stats/model.js");
const { createDates } = await load("words/dates.js");

const PERIOD = [8035, 20560]; // 1992 to 2026-04
const SEGMENTS = 135;
const years = createDates({ t: () => "", lang: () => "en", join: () => "" }).years;

const madeUp = (n) => {
  const random = randomness(n);
  const profiles = Array.from({ length: 135 + 60 }, (_, p) => {
    if (p < SEGMENTS) return [[p, 65535]];
    const size = 2 + random.whole(14);
    const first = random.whole(SEGMENTS - size);
    return Array.from({ length: size }, (__, k) => [first + k, Math.floor(65535 / size)]);
  });
  const day = Array.from({ length: n }, () => PERIOD[0] + random.whole(PERIOD[1] - PERIOD[0])).sort(
    (a, b) => a - b,
  );
  const list = (make) => Array.from({ length: n }, make);
  const place = list(() => 1 + random.whole(profiles.length));
  return makeColumns(
    {
      day,
      place,
      span: list(() => random.pick([0, 0, 0, 0, 0, 0, 0, 0, 30, 364])),
      type: list(() => random.whole(5)),
      side: list(() => random.whole(4)),
      precision: list(() => random.whole(3)),
      confidence: list(() => random.whole(4)),
      scope: list(() => random.whole(2)),
      counted: list(() => Number(random.next() < 0.8)),
      known: place.map((p) => (p <= SEGMENTS ? p : 0)),
      stretch: list(() => random.whole(4)),
    },
    profiles,
  );
};

/** Of several runs: median and longest time, and processor time of one, in ms. */
const time = (run, times = 25) => {
  run();
  const before = process.cpuUsage();
  const spent = Array.from({ length: times }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  const text = (ms) => ms.toFixed(2).padStart(8);
  return `${text(spent[times >> 1])} (most ${text(spent[times - 1])}, processor ${text((user + system) / times / 1000)})`;
};

for (const n of [1e4, 1e5, 1e6]) {
  const columns = madeUp(n);
  const start = performance.now();
  const model = createModel(makeHead(SEGMENTS, n, PERIOD), columns, years);
  console.log(`${n} incidents: model made in ${(performance.now() - start).toFixed(1)} ms`);
  const off = { ...noFilters().off, types: new Set([1]), sides: new Set([0]) };
  const found = Uint8Array.from({ length: n }, (_, i) => i % 2);
  let turn = 0;
  const runs = {
    "update, no filter": () => model.update(noFilters()),
    "update, two filters": () => model.update({ ...noFilters(), off }),
    "update, range": () => model.update({ ...noFilters(), range: [12000, 18000 + (turn += 1)] }),
    "update, all of them": () =>
      model.update({ ...noFilters(), off, found, range: [12000, 18000 + (turn += 1)] }),
    "counts": () => model.counts({ ...noFilters(), off, range: [12000, 18000 + turn] }, "types"),
    "years": () => model.years({ ...noFilters(), off: { ...off } }),
    "histogram of months": () =>
      model.histogram(
        { ...noFilters(), off },
        Array.from({ length: 413 }, (_, i) => 8035 + i * 30),
      ),
    "density": () => model.density(model.update({ ...noFilters(), range: [12000, 12001] })),
  };
  for (const [name, run] of Object.entries(runs)) console.log(`  ${name.padEnd(22)} ${time(run)} ms`);
}
