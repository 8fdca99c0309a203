/*! fflate 0.8.3 (https://github.com/101arrowz/fflate), used to unpack data

MIT License

Copyright (c) 2026 Arjun Barrett

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
*/
// Data blocks: base64 of gzip, in elements of the page.
import { gunzipSync } from "fflate";
import { crc32 } from "./crc32.js";

/** The bytes that a base64 text stands for. */
export const fromBase64 = (text) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
  return bytes;
};

/** Unpack gzip; its last eight bytes hold the check sum and the length of what it packs. */
const gunzip = (packed) => {
  const bytes = gunzipSync(packed);
  const end = new DataView(packed.buffer, packed.byteOffset + packed.length - 8);
  if (end.getUint32(0, true) !== crc32(bytes) || end.getUint32(4, true) !== bytes.length) {
    throw new Error("its check sum is another");
  }
  return bytes;
};

/** Unpack base64(gzip) at once, for small blocks. */
export const unpackNow = (text) => gunzip(fromBase64(text.trim()));

const stream = async (packed) => {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const written = [writer.write(packed), writer.close()]; // what is damaged fails here as well
  const [bytes] = await Promise.all([new Response(readable).arrayBuffer(), ...written]);
  return new Uint8Array(bytes);
};

/** Unpack base64(gzip) beside other work where the browser can, else at once. */
export const unpack = async (text) => {
  const packed = fromBase64(text.trim());
  return typeof DecompressionStream === "function" ? stream(packed) : gunzip(packed);
};

/** Read the JSON that some bytes hold. */
export const parse = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** The data blocks of the root element `rootId`: as bytes or JSON, now or later. */
export const dataBlocks = (rootId, find = (id) => document.getElementById(id)) => {
  const elementOf = (name) => find(`${rootId}-${name}`);
  const text = (name) => {
    const element = elementOf(name);
    if (!element) throw new Error(`The page has no data block "${rootId}-${name}".`);
    return element.textContent;
  };
  const damaged = (name, error) => {
    throw new Error(`The data block "${rootId}-${name}" is damaged (${error.message}).`);
  };
  const jsonNow = (name) => {
    const packed = text(name);
    try {
      return parse(unpackNow(packed));
    } catch (error) {
      return damaged(name, error);
    }
  };
  const read = async (name, use) => {
    const packed = text(name);
    try {
      return use(await unpack(packed));
    } catch (error) {
      return damaged(name, error);
    }
  };
  return {
    has: (name) => Boolean(elementOf(name)),
    jsonNow,
    block: (name) => read(name, (bytes) => bytes),
    json: async (name) => (elementOf(name) ? read(name, parse) : null),
    jsonSoon: (name) => read(name, parse),
  };
};
