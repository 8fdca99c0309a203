import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.js";

const { createTurns } = await load("state/turns.js");

/** Turns with frames and ends of tasks that the test lets happen. */
const bench = () => {
  const waiting = { frames: [], ends: [] };
  let drawn = 0;
  const turns = createTurns(() => (drawn += 1), {
    frame: (fn) => waiting.frames.push(fn),
    soon: (fn) => waiting.ends.push(fn),
  });
  const run = (name) => {
    for (const fn of waiting[name].splice(0)) fn();
  };
  return { ...turns, drawn: () => drawn, end: () => run("ends"), frame: () => run("frames") };
};

test("what is asked for in one task is drawn once, at its end", () => {
  const { request, drawn, end, frame } = bench();
  request();
  request();
  assert.equal(drawn(), 0);
  end();
  assert.equal(drawn(), 1);
  frame();
  assert.equal(drawn(), 1);
});

test("what changes again before the frame is drawn with the frame, once", () => {
  const { request, drawn, end, frame } = bench();
  request();
  end();
  request();
  end();
  request();
  end();
  assert.equal(drawn(), 1);
  frame();
  assert.equal(drawn(), 2);
  frame();
  assert.equal(drawn(), 2);
});

test("after a quiet frame it is drawn at the end of the task again", () => {
  const { request, drawn, end, frame } = bench();
  for (let turn = 1; turn < 4; turn += 1) {
    request();
    end();
    assert.equal(drawn(), turn);
    frame();
  }
});

test("a change in every frame is drawn in the frame it comes in", () => {
  const { request, drawn, end, frame } = bench();
  request();
  end();
  for (let turn = 2; turn < 6; turn += 1) {
    request(); // as by a player, whose turn in the frame is before ours
    end();
    frame();
    assert.equal(drawn(), turn);
  }
});

test("now draws at once, and nothing is drawn for it again", () => {
  const { request, now, drawn, end, frame } = bench();
  request();
  now();
  assert.equal(drawn(), 1);
  end();
  frame();
  assert.equal(drawn(), 1);
});
