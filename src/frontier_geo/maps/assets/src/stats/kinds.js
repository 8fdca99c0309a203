// Incidents that are alike to all filters but time and search are of one kind. A filter then decides
// once for each kind, and the pass over the incidents only looks it up.

/** The filters: their name in `state.off`, and the column of the incidents they look at. */
export const FILTERS = {
  types: "type",
  sides: "side",
  precisions: "precision",
  confidences: "confidence",
  scopes: "scope",
};

const MOST_DIRECT = 1 << 22; // up to so many combinations a plain list finds the number of a kind

const widthOf = (column) => {
  let most = 0;
  for (let i = 0; i < column.length; i += 1) if (column[i] > most) most = column[i];
  return most + 1;
};

const directly = (size) => {
  const numbers = new Int32Array(size).fill(-1);
  return {
    get: (key) => numbers[key],
    set: (key, number) => {
      numbers[key] = number;
    },
  };
};
const byMap = () => {
  const numbers = new Map();
  return { get: (key) => (numbers.has(key) ? numbers.get(key) : -1), set: (key, n) => numbers.set(key, n) };
};

/**
 * The kind of each incident (`code`), how many kinds there are, the value that each kind has in each
 * filter (`values`), and whether incidents of the kind count for the rates (`counted`).
 */
export const findKinds = (columns) => {
  const names = [...Object.values(FILTERS), "counted"];
  const lists = names.map((name) => columns[name]);
  const widths = lists.map(widthOf);
  const size = widths.reduce((product, width) => product * width, 1);
  const numbers = size <= MOST_DIRECT ? directly(size) : byMap();
  const code = new Uint32Array(columns.n);
  const keys = [];
  const [a, b, c, d, e, f] = lists;
  const [, wb, wc, wd, we, wf] = widths;
  for (let i = 0; i < columns.n; i += 1) {
    const key = ((((a[i] * wb + b[i]) * wc + c[i]) * wd + d[i]) * we + e[i]) * wf + f[i];
    let number = numbers.get(key);
    if (number < 0) {
      number = keys.push(key) - 1;
      numbers.set(key, number);
    }
    code[i] = number;
  }
  return { count: keys.length, code: shrink(code, keys.length), ...describe(keys, names, widths) };
};

const shrink = (code, kinds) => (kinds <= 65536 ? Uint16Array.from(code) : code);

/** Take the keys of the kinds apart again. */
const describe = (keys, names, widths) => {
  const columns = names.map(() => new Uint32Array(keys.length));
  keys.forEach((key, kind) => {
    let rest = key;
    for (let j = names.length - 1; j >= 0; j -= 1) {
      columns[j][kind] = rest % widths[j];
      rest = Math.floor(rest / widths[j]);
    }
  });
  const filters = Object.keys(FILTERS);
  const values = Object.fromEntries(filters.map((filter, j) => [filter, columns[j]]));
  return { values, counted: columns[filters.length] };
};

/** 1 for each kind that no filter keeps out; `without` names a filter to leave aside. */
export const passing = (kinds, off, without = null) => {
  const pass = new Uint8Array(kinds.count).fill(1);
  for (const filter of Object.keys(FILTERS)) {
    const out = off && off[filter];
    if (filter === without || !out || out.size === 0) continue;
    const values = kinds.values[filter];
    for (let kind = 0; kind < pass.length; kind += 1) if (out.has(values[kind])) pass[kind] = 0;
  }
  return pass;
};
