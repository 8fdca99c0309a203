import assert from "node:assert/strict";
import test from "node:test";
import { load, packed } from "./helpers.js";

const { dataBlocks, fromBase64, parse, unpack, unpackNow } = await load("data/unpack.js");
const { MISSING, numbers, readColumns } = await load("data/columns.js");
const { keepLast } = await load("data/texts.js");

test("both ways of unpacking give back what was packed", async () => {
  const text = JSON.stringify({ a: "پنج ҷ é", b: "x".repeat(100000) });
  for (const bytes of [unpackNow(packed(text)), await unpack(` ${packed(text)}\n`)]) {
    assert.equal(new TextDecoder().decode(bytes), text);
  }
  assert.deepEqual(parse(unpackNow(packed("[1]"))), [1]);
});

test("without DecompressionStream fflate unpacks", async () => {
  const stream = globalThis.DecompressionStream;
  delete globalThis.DecompressionStream;
  try {
    assert.equal(new TextDecoder().decode(await unpack(packed("once more"))), "once more");
  } finally {
    globalThis.DecompressionStream = stream;
  }
});

test("base64 of all bytes", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(fromBase64(Buffer.from(all).toString("base64")), all);
});

test("damaged data are an error", async () => {
  const whole = packed("some text that is long enough to be cut");
  await assert.rejects(unpack(whole.slice(0, 24)));
  assert.throws(() => unpackNow("AAAA"));
  await assert.rejects(unpack("no base64 é"));
});

test("one wrong bit is an error or harmless, wherever it is", () => {
  const content = JSON.stringify({ rates: Array.from({ length: 300 }, (_, i) => i * 7) });
  const whole = Buffer.from(packed(content), "base64");
  let refused = 0;
  for (let at = 10; at < whole.length; at += 1) {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1 << (at % 8);
    try {
      assert.equal(new TextDecoder().decode(unpackNow(bytes.toString("base64"))), content, `byte ${at}`);
    } catch (error) {
      assert.notEqual(error.code, "ERR_ASSERTION", error.message);
      refused += 1;
    }
  }
  assert.ok(refused >= whole.length - 12, `${refused} of ${whole.length}`);
});

test("blocks by name; one that must be there and is not has its name in the error", async () => {
  const elements = { "fg-data": { textContent: packed('{"n":3}') } };
  const blocks = dataBlocks("fg", (id) => elements[id] || null);
  assert.deepEqual(blocks.jsonNow("data"), { n: 3 });
  assert.deepEqual(await blocks.json("data"), { n: 3 });
  assert.equal(await blocks.json("basemap"), null);
  assert.ok(blocks.has("data") && !blocks.has("basemap"));
  await assert.rejects(blocks.block("arrays"), /no data block "fg-arrays"/);
  assert.throws(() => blocks.jsonNow("words"), /no data block "fg-words"/);
});

test("a damaged block has its name in the error", async () => {
  const elements = { "fg-data": { textContent: packed("no JSON") }, "fg-text-0": { textContent: "AAAA" } };
  const blocks = dataBlocks("fg", (id) => elements[id] || null);
  assert.throws(() => blocks.jsonNow("data"), /"fg-data" is damaged/);
  assert.throws(() => blocks.jsonNow("text-0"), /"fg-text-0" is damaged/);
  await assert.rejects(blocks.json("data"), /"fg-data" is damaged/);
  await assert.rejects(blocks.block("text-0"), /"fg-text-0" is damaged/);
});

test("columns are views into one buffer, also when that begins at an odd place", () => {
  const buffer = new ArrayBuffer(64);
  const bytes = new Uint8Array(buffer, 8, 32);
  new Int32Array(buffer, 8, 2).set([-5, MISSING]);
  new Uint16Array(buffer, 16, 3).set([1, 2, 65535]);
  bytes[16] = 7;
  const head = {
    n: 2,
    columns: [
      { name: "lon", type: "int32", offset: 0, length: 2 },
      { name: "type", type: "uint16", offset: 8, length: 3 },
      { name: "side", type: "uint8", offset: 16, length: 1 },
      { name: "place", type: "uint32", offset: 24, length: 0 },
    ],
  };
  const columns = readColumns(head, bytes);
  assert.deepEqual([...columns.lon], [-5, MISSING]);
  assert.deepEqual([...columns.type], [1, 2, 65535]);
  assert.deepEqual([...columns.side], [7]);
  assert.equal(columns.place.length, 0);
  assert.equal(columns.n, 2);
  assert.equal(columns.lon.buffer, buffer);
});

test("columns that the bytes do not hold are an error", () => {
  const head = (column) => ({ n: 1, columns: [{ name: "lon", offset: 0, ...column }] });
  assert.throws(
    () => readColumns(head({ type: "int32", length: 3 }), new Uint8Array(8)),
    /"lon" ends at byte 12/,
  );
  assert.throws(
    () => readColumns(head({ type: "float80", length: 1 }), new Uint8Array(8)),
    /known type.*"float80"/,
  );
});

test("numbers of segments: none is NaN, infinite ones are told by a word", () => {
  assert.deepEqual([...numbers([1, null, "inf"], 4)], [1, NaN, Infinity, NaN]);
  assert.deepEqual([...numbers(null, 2)], [NaN, NaN]);
});

test("a cache keeps the last ones asked for, and nothing that failed", async () => {
  const made = [];
  const get = keepLast(2, async (key) => {
    made.push(key);
    if (key === "bad") throw new Error("bad");
    return key;
  });
  await get("a");
  await get("b");
  await get("a");
  await get("c");
  await get("a");
  await get("b");
  assert.deepEqual(made, ["a", "b", "c", "b"]);
  await assert.rejects(get("bad"));
  await assert.rejects(get("bad"));
  assert.equal(made.filter((key) => key === "bad").length, 2);
});
