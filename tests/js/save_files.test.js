// Names of files, links, frames, and the setting of text on a picture.
import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";

const { fileName, inClosedFrame } = await load("save/files.js");
const { viewAddress } = await load("save/link.js");
const { flowed, wrapped } = await load("save/wrap.js");

test("a file name has no path, no signs that hide or turn it, and is never empty", () => {
  const hostile = [
    "../../etc/passwd",
    'a/b\\c:d*?"<>|',
    "\u202egnp.exe",
    "\u0000\n\r",
    "",
    "   ",
    "...",
    "con",
    "Граница: 2024",
    "مرز",
    "a".repeat(500),
    "<script>alert(1)</script>",
    "-rf",
    "Tajikistan–Afghanistan border",
  ];
  for (const title of hostile) {
    const name = fileName(title, "map", "png");
    assert.match(name, /^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*\.png$/u, JSON.stringify(title));
    assert.ok(Array.from(name).length <= 80);
  }
  assert.equal(fileName("con", "map", "png"), "map-con-map.png");
  assert.equal(fileName("Граница: 2024", "incidents", "csv"), "Граница-2024-incidents.csv");
});

test("a frame of no origin is known, a page by itself is not one", () => {
  const top = { origin: "null" };
  top.parent = top;
  assert.equal(inClosedFrame(top), false, "a file on disk has no origin either");
  assert.equal(inClosedFrame({ parent: top, origin: "null" }), true);
  assert.equal(inClosedFrame({ parent: top, origin: "https://a.example" }), false);
  assert.equal(
    inClosedFrame({
      get parent() {
        throw new Error("closed");
      },
    }),
    true,
  );
});

test("only pages with an address of their own have a link", () => {
  const place = (protocol) => ({ protocol, href: `${protocol}//x#lang=fa` });
  assert.equal(viewAddress(place("https:")), "https://x#lang=fa");
  assert.equal(viewAddress(place("file:")), "file://x#lang=fa");
  for (const protocol of ["about:", "blob:", "data:"]) assert.equal(viewAddress(place(protocol)), null);
});

const measure = (text) => Array.from(text).length;

test("text is set in lines no wider than allowed, long words broken, nothing lost", () => {
  const text = "one two three incomprehensibilities four";
  const lines = wrapped(text, 10, measure);
  assert.ok(lines.every((one) => measure(one) <= 10));
  assert.equal(lines.join("").replace(/ /g, ""), text.replace(/ /g, ""));
});

test("too many lines end with an ellipsis, and a megabyte of text is no trouble", () => {
  const lines = wrapped("word ".repeat(200_000), 20, measure, 3);
  assert.equal(lines.length, 3);
  assert.ok(lines[2].endsWith("…") && measure(lines[2]) <= 20);
  assert.deepEqual(wrapped("", 10, measure), []);
});

test("boxes flow into rows of a width, each row begins at its edge", () => {
  const rows = flowed([40, 40, 40, 200, 10], 100, 10);
  assert.deepEqual(
    rows.map((row) => row.map(([i]) => i)),
    [[0, 1], [2], [3], [4]],
  );
  assert.ok(rows.every((row) => row[0][1] === 0));
  assert.deepEqual(flowed([], 100, 10), []);
});
