/** The incidents shown, as a CSV file. */
import { MARK, line } from "./csv.js";
import { HEADER, rowOf, selected } from "./rows.js";

const AT_ONCE = 2048;

/** Parts of the file in order, for a Blob. `texts.many(ids)` gives what is told of incidents. */
export const tableParts = async ({ data, columns, texts }, visible) => {
  const ids = selected(visible);
  const parts = [MARK, line(HEADER)];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const told = await texts.many(some);
    parts.push(some.map((i, k) => line(rowOf(data, columns, i, told[k] || {}))).join(""));
  }
  return { parts, count: ids.length };
};
