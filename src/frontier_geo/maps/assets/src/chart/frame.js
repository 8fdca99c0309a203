/** Where things lie on the sheet of a diagram: pure arithmetic, the same for screen, picture and print. */

/** Narrower than this there is no room beside the switches, and fewer ticks. */
export const NARROW = 620;

const ROWS = { marks: 9, ticks: 14, names: 15, strips: 31, ends: 16 };

/**
 * Rows from top to bottom: head, plot, marks, ticks, names, two strips of districts, ends. What has no
 * room goes: first the names of the marks, then the names in the strips.
 */
export const frameOf = (width, height, { head = 20, hasMarks = true, hasStrips = true } = {}) => {
  const narrow = width < NARROW;
  const rows = { ...ROWS };
  if (!hasMarks) rows.marks = 3;
  if (!hasMarks || height < 185) rows.names = 0;
  // On a phone few names fit into the strips, and the plot needs the room more.
  if (!hasStrips || (narrow && height < 300)) rows.strips = 0;
  else if (height < 150) rows.strips = 13;
  const below = Object.values(rows).reduce((sum, row) => sum + row, 0);
  const left = narrow ? 42 : 46;
  const right = width - (narrow ? 10 : 14);
  const plot = { left, right, top: head + 8, bottom: Math.max(head + 24, height - below - 2) };
  let y = plot.bottom;
  const next = (row) => {
    const at = { top: y, middle: y + row / 2, height: row };
    y += row;
    return at;
  };
  return {
    width,
    height,
    narrow,
    head,
    plot,
    marks: next(rows.marks),
    ticks: next(rows.ticks),
    names: next(rows.names),
    strips: next(rows.strips),
    ends: next(rows.ends),
  };
};

/** The two strips within their row: [{top, height}, …], the upper one first. */
export const stripsOf = (row) => {
  const each = Math.max(0, (row.height - 3) / 2);
  return [
    { top: row.top + 1, height: each },
    { top: row.top + 2 + each, height: each },
  ];
};
