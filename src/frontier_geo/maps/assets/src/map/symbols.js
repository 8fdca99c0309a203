import { PALETTE } from "./palette.js";

const star = (points, outer, inner) => {
  const corners = [];
  for (let i = 0; i < points * 2; i += 1) {
    const r = i % 2 ? inner : outer;
    const angle = (Math.PI * i) / points - Math.PI / 2;
    corners.push([r * Math.cos(angle), r * Math.sin(angle)]);
  }
  return corners;
};

/** The shapes of the event types as corners; the full circle has radius 6. */
export const SHAPES = {
  "square": [
    [-5.3, -5.3],
    [5.3, -5.3],
    [5.3, 5.3],
    [-5.3, 5.3],
  ],
  "triangle": [
    [0, -6.8],
    [6.6, 5.2],
    [-6.6, 5.2],
  ],
  "triangle-down": [
    [0, 6.8],
    [6.6, -5.2],
    [-6.6, -5.2],
  ],
  "diamond": [
    [0, -7.3],
    [6.4, 0],
    [0, 7.3],
    [-6.4, 0],
  ],
  "plus": [
    [-2.2, -6.5],
    [2.2, -6.5],
    [2.2, -2.2],
    [6.5, -2.2],
    [6.5, 2.2],
    [2.2, 2.2],
    [2.2, 6.5],
    [-2.2, 6.5],
    [-2.2, 2.2],
    [-6.5, 2.2],
    [-6.5, -2.2],
    [-2.2, -2.2],
  ],
  "cross": [
    [-6, -3],
    [-3, -6],
    [0, -3],
    [3, -6],
    [6, -3],
    [3, 0],
    [6, 3],
    [3, 6],
    [0, 3],
    [-3, 6],
    [-6, 3],
    [-3, 0],
  ],
  "star": star(5, 7.6, 3.4),
  "pentagon": star(5, 6.8, 5.5),
  "hexagon": star(6, 6.6, 5.7),
  "bar": [
    [-7, -2.8],
    [7, -2.8],
    [7, 2.8],
    [-7, 2.8],
  ],
  "post": [
    [-2.8, -7],
    [2.8, -7],
    [2.8, 7],
    [-2.8, 7],
  ],
  "left": [
    [-6.8, 0],
    [5.2, -6.6],
    [5.2, 6.6],
  ],
  "burst": star(8, 7.4, 4.4),
};
const FULL = 6;

/** Every shape that `drawSymbol` knows; any other word becomes a circle. */
export const SHAPE_NAMES = ["circle", "half", "half-down", ...Object.keys(SHAPES)];

/** Begin the path of a shape around (x, y); `radius` is that of a circle of the same weight. */
export const traceShape = (ctx, shape, x, y, radius) => {
  const k = radius / FULL;
  ctx.beginPath();
  if (shape === "half" || shape === "half-down") {
    const way = shape === "half" ? 1 : -1;
    ctx.arc(x, y + way * 3.5 * k, 6.5 * k, way > 0 ? Math.PI : 0, way > 0 ? 0 : Math.PI);
    ctx.closePath();
  } else if (SHAPES[shape]) {
    for (const [dx, dy] of SHAPES[shape]) ctx.lineTo(x + dx * k, y + dy * k); // the first one moves
    ctx.closePath();
  } else {
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
  }
};

/** Draw an incident's symbol. Hollow: its place is known only roughly. */
export const drawSymbol = (ctx, shape, colour, x, y, radius, { hollow = false, several = false } = {}) => {
  const fill = several ? PALETTE.several : colour;
  const k = radius / FULL;
  ctx.lineJoin = "round";
  traceShape(ctx, several ? "circle" : shape, x, y, radius * (hollow ? 0.92 : 1));
  ctx.strokeStyle = PALETTE.haloSoft;
  ctx.lineWidth = Math.max(1.6, (hollow ? 5.2 : 3.6) * k);
  ctx.stroke();
  ctx.strokeStyle = PALETTE.outline;
  ctx.lineWidth = Math.max(hollow ? 1.9 : 1, (hollow ? 3.4 : 1.6) * k);
  ctx.stroke();
  ctx.fillStyle = hollow ? PALETTE.halo : fill;
  ctx.fill();
  if (!hollow) return;
  ctx.strokeStyle = fill;
  ctx.lineWidth = Math.max(1.1, 2 * k);
  ctx.stroke();
};

const waves = (ctx, x, y, k) => {
  for (const dy of [-3.2, 3.2]) {
    const bend = Math.sign(dy) * 2;
    ctx.moveTo(x - 5 * k, y + (dy + bend) * k);
    ctx.quadraticCurveTo(x, y + (dy - bend) * k, x + 5 * k, y + (dy + bend) * k);
  }
};

const drop = (ctx, x, y, k) => {
  ctx.moveTo(x, y - 5 * k);
  ctx.bezierCurveTo(x + 2.6 * k, y - 1.6 * k, x + 3.6 * k, y, x + 3.6 * k, y + 1.6 * k);
  ctx.arc(x, y + 1.6 * k, 3.6 * k, 0, Math.PI);
  ctx.bezierCurveTo(x - 3.6 * k, y, x - 2.6 * k, y - 1.6 * k, x, y - 5 * k);
};

const boat = (ctx, x, y, k) => {
  ctx.moveTo(x - 5 * k, y + 0.6 * k);
  ctx.lineTo(x + 5 * k, y + 0.6 * k);
  ctx.lineTo(x + 3 * k, y + 3.8 * k);
  ctx.lineTo(x - 3 * k, y + 3.8 * k);
  ctx.closePath();
  ctx.moveTo(x - 0.4 * k, y - 0.6 * k);
  ctx.lineTo(x - 0.4 * k, y - 5 * k);
  ctx.lineTo(x + 3.8 * k, y - 0.6 * k);
  ctx.closePath();
};

/** What a kind of landmark is drawn as: one of bridge, ferry, tripoint, water. */
export const landmarkSign = (kind) => {
  if (kind === "bridge") return "bridge";
  if (kind === "ferry" || kind === "crossing") return "ferry";
  return kind === "tripoint" ? "tripoint" : "water";
};

/** Draw the sign of a landmark: a white disc with a bridge, a boat, a triangle or a drop. */
export const drawLandmark = (ctx, kind, x, y, radius) => {
  const sign = landmarkSign(kind);
  const ink = sign === "water" ? PALETTE.landmarkWater : PALETTE.landmark;
  const k = radius / 7.4;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = PALETTE.halo;
  ctx.fill();
  ctx.lineWidth = Math.max(0.9, 1.1 * k);
  ctx.strokeStyle = ink;
  ctx.stroke();
  ctx.beginPath();
  if (sign === "bridge") {
    waves(ctx, x, y, k);
    ctx.lineWidth = Math.max(1.1, 1.7 * k);
    ctx.stroke();
    return;
  }
  if (sign === "ferry") boat(ctx, x, y, k);
  else if (sign === "water") drop(ctx, x, y, k);
  else {
    ctx.moveTo(x, y - 4.6 * k);
    ctx.lineTo(x + 4.4 * k, y + 3.2 * k);
    ctx.lineTo(x - 4.4 * k, y + 3.2 * k);
    ctx.closePath();
  }
  ctx.fillStyle = ink;
  ctx.fill();
};
