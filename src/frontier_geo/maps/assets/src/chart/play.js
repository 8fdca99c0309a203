/** Moving a window through time: smoothly, or in steps where the reader asked for less motion. */
import { playedOn } from "./range.js";

const MONTH_MS = 80; // a month of the border in this time on the screen
const STEP_MS = 1600; // between steps without animation
const MOST_AT_ONCE = 6; // steps made up for after a slow frame

/** The pace: months at once and milliseconds between them. */
export const paceOf = (months, still) =>
  still ? { steps: Math.max(1, Math.min(12, months)), wait: STEP_MS } : { steps: 1, wait: MONTH_MS };

/**
 * The player. `now()` gives {range, whole, months, calendar}, `show(range)` takes a new range,
 * `end()` is called past the last one. clock: {ask(fn) → id, drop(id), time()} for tests.
 */
export const createPlayer = ({ now, show, end, still, clock }) => {
  let on = false;
  let asked = null;
  let last = 0;
  /** One step if it is due; whether there is another one. */
  const step = () => {
    const { range, whole, months, calendar } = now();
    const { steps, wait } = paceOf(months, still());
    const due = Math.floor((clock.time() - last) / wait);
    if (due < 1) return true;
    last += due * wait;
    // After a long pause of the page it goes on where it was, without a leap.
    const next = playedOn(range, steps * Math.min(due, MOST_AT_ONCE), { calendar, whole, months });
    if (next) show(next);
    return next !== null;
  };
  const tick = () => {
    const more = step();
    if (!on) return; // stopped by who heard of the step
    if (more) asked = clock.ask(tick);
    else end();
  };
  const stop = () => {
    on = false;
    if (asked !== null) clock.drop(asked);
    asked = null;
  };
  const start = () => {
    stop();
    on = true;
    last = clock.time();
    asked = clock.ask(tick);
  };
  return { start, stop, running: () => on };
};
