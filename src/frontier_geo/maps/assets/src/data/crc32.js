// The check sum of gzip (CRC-32, polynomial 0xedb88320).

const remainders = () => {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    table[byte] = rest;
  }
  return table;
};

let table = null;

/** The check sum of some bytes. */
export const crc32 = (bytes) => {
  table = table || remainders();
  let sum = 0xffffffff;
  for (let i = 0; i < bytes.length; i += 1) sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
};
