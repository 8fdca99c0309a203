// A canvas context that remembers what was drawn, for tests of the diagrams.

const NUMBERS = {
  fillRect: 4,
  strokeRect: 4,
  rect: 4,
  moveTo: 2,
  lineTo: 2,
  clearRect: 4,
  arc: 5,
  quadraticCurveTo: 4,
  translate: 2,
  scale: 2,
};
const QUIET = ["closePath", "stroke", "save", "restore", "setLineDash", "setTransform", "drawImage"];

/** {ctx, texts: [{text, x, y, align, dir}], rects: [{x, y, width, height, colour}], faults, clips: [rect]} */
export const paper = (letter = 6) => {
  const drawn = { texts: [], rects: [], faults: [], clips: [] };
  const ctx = {
    font: "",
    fillStyle: "",
    strokeStyle: "",
    lineWidth: 1,
    textAlign: "left",
    direction: "ltr",
    globalAlpha: 1,
  };
  const check = (name, values) => {
    if (!values.every(Number.isFinite)) drawn.faults.push(`${name}(${values.join(", ")})`);
  };
  for (const [name, count] of Object.entries(NUMBERS)) {
    ctx[name] = (...values) => {
      check(name, values.slice(0, count));
      const [x, y, width, height] = values;
      if (name === "fillRect") drawn.rects.push({ x, y, width, height, colour: ctx.fillStyle });
      if (name === "rect") path.push({ x, y, width, height });
    };
  }
  for (const name of QUIET) ctx[name] = () => {};
  let path = [];
  ctx.beginPath = () => {
    path = [];
  };
  ctx.fill = () => drawn.rects.push(...path.map((box) => ({ ...box, colour: ctx.fillStyle })));
  ctx.clip = () => drawn.clips.push(...path);
  ctx.measureText = (text) => ({ width: Array.from(text).length * letter });
  ctx.fillText = (text, x, y) => {
    check("fillText", [x, y]);
    drawn.texts.push({ text, x, y, align: ctx.textAlign, dir: ctx.direction, colour: ctx.fillStyle });
  };
  return { ctx, ...drawn };
};

/** A scene of `S` segments of 10 km with everything that a diagram may show. */
export const sceneFor = (S = 20, more = {}) => ({
  dir: "ltr",
  length: 10 * S,
  flip: false,
  from: Array.from({ length: S }, (_, i) => 10 * i),
  to: Array.from({ length: S }, (_, i) => 10 * (i + 1)),
  colours: ["#zero", "#one", "#two", "#none"],
  marks: [
    { id: 0, km: 35, name: "Panj (bridge)", short: "Panj", kind: "bridge", crossing: true, rank: 3 },
    { id: 1, km: 120, name: "Mouth", short: "Mouth", kind: "river_mouth", crossing: false, rank: 1 },
  ],
  districts: [
    [
      { from: 0, to: 110, name: "Upper" },
      { from: 110, to: 10 * S, name: "Right" },
    ],
    [{ from: 0, to: 10 * S, name: "Lower" }],
  ],
  codes: ["TJ", "AF"],
  ends: ["West", "East"],
  number: (value) => String(value),
  axisTitle: "km",
  title: "Rate",
  yearsTitle: "By year",
  bandName: "Interval",
  bandCut: "Interval, cut",
  lineName: "Line",
  frozen: "",
  ...more,
});

export const resultFor = (S, rateOf = (i) => i) => {
  const rate = Float64Array.from({ length: S }, (_, i) => rateOf(i));
  return {
    rate,
    lo: rate.map((value) => value / 2),
    hi: rate.map((value) => value * 2 + 1),
    classOf: Uint8Array.from(rate, (value) => (Number.isNaN(value) ? 3 : value > 5 ? 2 : value > 0 ? 1 : 0)),
    expected: rate.slice(),
    known: rate.map(Math.floor),
  };
};
