/** Placing names so that none covers another, and few cover the ribbon. Pure geometry. */

const CELL = 4; // pixels of the raster of what names should keep off
const WORST = 4;

/** A raster of the busy parts of a picture: `mark` along lines, `covered` counts in a box. */
export const createBusy = (width, height) => {
  const columns = Math.ceil(width / CELL) + 1;
  const rows = Math.ceil(height / CELL) + 1;
  const cells = new Uint8Array(columns * rows);
  const range = (from, to, most) => [
    Math.max(0, Math.floor(from / CELL)),
    Math.min(most - 1, Math.floor(to / CELL)),
  ];

  /** Mark a box; `weight` is how bad it is to cover it, up to `WORST`. */
  const markBox = (x0, y0, x1, y1, weight = WORST) => {
    const [left, right] = range(x0, x1, columns);
    const [top, bottom] = range(y0, y1, rows);
    for (let row = top; row <= bottom; row += 1) {
      for (let i = row * columns + left; i <= row * columns + right; i += 1) {
        if (cells[i] < weight) cells[i] = weight;
      }
    }
  };

  /** Mark a flat line [x, y, …] with what lies within `reach` of it. */
  const markLine = (flat, reach, weight = WORST) => {
    for (let i = 0; i < flat.length; i += 2) {
      const [x, y] = [flat[i], flat[i + 1]];
      const [fromX, fromY] = i ? [flat[i - 2], flat[i - 1]] : [x, y];
      if (Math.max(x, fromX) < -reach || Math.min(x, fromX) > width + reach) continue;
      if (Math.max(y, fromY) < -reach || Math.min(y, fromY) > height + reach) continue;
      const steps = Math.max(1, Math.min(2000, Math.ceil(Math.hypot(x - fromX, y - fromY) / CELL)));
      for (let k = 1; k <= steps; k += 1) {
        const px = fromX + ((x - fromX) * k) / steps;
        const py = fromY + ((y - fromY) * k) / steps;
        markBox(px - reach, py - reach, px + reach, py + reach, weight);
      }
    }
  };

  /** The share of a box that is busy, 0 … 1. */
  const covered = (box) => {
    const [left, right] = range(box[0], box[2], columns);
    const [top, bottom] = range(box[1], box[3], rows);
    let count = 0;
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) count += cells[row * columns + column];
    }
    return count / (WORST * Math.max(1, (right - left + 1) * (bottom - top + 1)));
  };

  return { markBox, markLine, covered };
};

/** Whether two boxes [x0, y0, x1, y1] come nearer than the given space. */
export const meet = (a, b, spaceX = 4, spaceY = 2) =>
  a[0] < b[2] + spaceX && b[0] < a[2] + spaceX && a[1] < b[3] + spaceY && b[1] < a[3] + spaceY;

/** The box of a text of w × h on one side of (x, y), `gap` away. */
export const boxOn = (side, x, y, w, h, gap) => {
  const half = gap * 0.75;
  switch (side) {
    case "right":
      return [x + gap, y - h / 2, x + gap + w, y + h / 2];
    case "left":
      return [x - gap - w, y - h / 2, x - gap, y + h / 2];
    case "above":
      return [x - w / 2, y - gap - h, x + w / 2, y - gap];
    case "below":
      return [x - w / 2, y + gap, x + w / 2, y + gap + h];
    case "above-right":
      return [x + half, y - half - h, x + half + w, y - half];
    case "below-right":
      return [x + half, y + half, x + half + w, y + half + h];
    case "above-left":
      return [x - half - w, y - half - h, x - half, y - half];
    case "below-left":
      return [x - half - w, y + half, x - half, y + half + h];
    default:
      return [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
  }
};

export const SIDES = [
  "right",
  "left",
  "above",
  "below",
  "above-right",
  "below-right",
  "above-left",
  "below-left",
];

export const LIKING = 0.35; // what each place further down the list costs
/** What the places that `more()` finds cost at least: with a cheaper one at hand it is not asked. */
export const LEAST_OF_MORE = 0.65;

/**
 * Choose a place for each label, most important first. A label is {w, h, options, more?, most}: options
 * are boxes [x0, y0, x1, y1, penalty?, angle?] in order of liking, and so are those that `more()` finds;
 * `most` is the share of the box that may be busy. Labels that find no place within `frame` are left
 * out, and so are those whose own `point` (a box) is taken already. Returns [{label, box}].
 */
export const placeLabels = (labels, { frame, inset = 3, busy, taken = [] }) => {
  const boxes = taken.slice();
  const placed = [];
  const [west, north, east, south] = [frame[0] + inset, frame[1] + inset, frame[2] - inset, frame[3] - inset];
  for (const label of labels) {
    if (label.point && boxes.some((other) => meet(label.point, other, 0, 0))) continue;
    let best = null;
    let least = Infinity;
    const weigh = (box, liking) => {
      if (box[0] < west || box[1] < north || box[2] > east || box[3] > south) return;
      const share = busy ? busy.covered(box) : 0;
      if (share > (label.most ?? 0.2)) return;
      const cost = share * 20 + liking * LIKING + (box[4] || 0);
      if (cost >= least || boxes.some((other) => meet(box, other))) return;
      best = box;
      least = cost;
    };
    label.options.forEach(weigh);
    if (label.more && least >= LEAST_OF_MORE) {
      label.more().forEach((box, i) => weigh(box, label.options.length + i));
    }
    if (!best) continue;
    boxes.push(best);
    if (label.point) boxes.push(label.point);
    placed.push({ label, box: best });
  }
  return placed;
};
