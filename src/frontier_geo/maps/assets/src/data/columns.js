// The columns of the incidents: views into one buffer, nothing is copied.

/** Stands in whole-number columns where nothing is known. */
export const MISSING = -2147483648;

const TYPES = { int32: Int32Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const view = (bytes, { name, type, offset, length }) => {
  const Type = TYPES[type];
  if (!Type) throw new Error(`Column "${name}" must be of a known type, but is "${type}".`);
  const end = offset + length * Type.BYTES_PER_ELEMENT;
  if (end > bytes.byteLength) {
    throw new Error(`Column "${name}" ends at byte ${end}, but there are ${bytes.byteLength}.`);
  }
  return new Type(bytes.buffer, bytes.byteOffset + offset, length);
};

/** Typed arrays by the names of `head.columns`, and `n`, the number of incidents. */
export const readColumns = (head, bytes) => {
  if (!LITTLE_ENDIAN) throw new Error("The data need a processor with little-endian numbers.");
  const columns = { n: head.n };
  for (const column of head.columns) columns[column.name] = view(bytes, column);
  return columns;
};

const number = (value) => {
  if (value === null || value === undefined) return NaN;
  return value === "inf" ? Infinity : Number(value);
};

/** A column of the segments as numbers: NaN where there is none. */
export const numbers = (list, length) => {
  const column = new Float64Array(length).fill(NaN);
  if (list)
    list.forEach((value, i) => {
      column[i] = number(value);
    });
  return column;
};
