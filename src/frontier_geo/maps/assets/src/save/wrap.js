/** Setting text in lines of a width: pure, given a way to measure. */

const LONGEST = 4000; // letters of one text that are looked at at all

const broken = (word, width, measure) => {
  const parts = [];
  let part = "";
  for (const letter of word) {
    if (part && measure(part + letter) > width) {
      parts.push(part);
      part = "";
    }
    part += letter;
  }
  return part ? [...parts, part] : parts;
};

/** Lines of `text` no wider than `width`, at most `most`; what is left over becomes an ellipsis. */
export const wrapped = (text, width, measure, most = Infinity) => {
  const lines = [];
  let line = "";
  const words = String(text)
    .slice(0, LONGEST)
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((word) => (measure(word) > width ? broken(word, width, measure) : [word]));
  for (const word of words) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line) lines.push(line);
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most);
  let last = kept[most - 1];
  while (last && measure(`${last}…`) > width) last = last.slice(0, -1);
  kept[most - 1] = `${last.trimEnd()}…`;
  return kept;
};

/** Put boxes of given widths into rows of a width: [[index, x], …] per row. */
export const flowed = (widths, width, gap) => {
  const rows = [];
  let x = Infinity;
  widths.forEach((wide, i) => {
    if (x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push([i, x]);
    x += wide + gap;
  });
  return rows;
};
